//! Decodes the answers to `ListObjectsV2`. The SDK's own decoder makes a value of every element and attribute that it
//! meets, which was a third of the processor time of a listing (`docs/performance.md`). This one reads what a
//! [`ListedPage`](crate::platform::object_store::ListedPage) needs, in one pass.

use aws_sdk_s3::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextMut,
    },
    error::{BoxError, ErrorMetadata},
    operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output},
    primitives::{DateTime, DateTimeFormat},
    types::{CommonPrefix, Object, builders::ObjectBuilder},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{Error, Output},
    orchestrator::{HttpResponse, OrchestratorError},
    ser_de::{DeserializeResponse, SharedResponseDeserializer},
};
use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

/// Puts the [`Decoder`] in the place of the SDK's, for the request that it is added to.
#[derive(Debug)]
pub(super) struct QuickDecoding;

impl Intercept for QuickDecoding {
    fn name(&self) -> &'static str {
        "QuickDecoding"
    }

    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let decoder = SharedResponseDeserializer::new(Decoder);
        config.interceptor_state().store_put(decoder);
        Ok(())
    }
}

#[derive(Debug)]
struct Decoder;

impl DeserializeResponse for Decoder {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        let error = if response.status().is_success() {
            match page(body) {
                Some(page) => return Ok(Output::erase(page)),
                None => ListObjectsV2Error::unhandled("an answer that is no list of objects"),
            }
        } else {
            ListObjectsV2Error::generic(refusal(body))
        };
        Err(OrchestratorError::operation(Error::erase(error)))
    }
}

/// A page of objects (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>). `None` for what is no
/// whole, well-formed `ListBucketResult`.
fn page(xml: &[u8]) -> Option<ListObjectsV2Output> {
    let mut page = ListObjectsV2Output::builder();
    let (mut objects, mut folders) = (Vec::new(), Vec::new());
    let mut object = Object::builder();
    walk(xml, |path, text| {
        let next = std::mem::take(&mut page);
        page = match path {
            ["ListBucketResult", "IsTruncated"] => next.is_truncated(text.parse().ok()?),
            ["ListBucketResult", "NextContinuationToken"] => next.next_continuation_token(text),
            ["ListBucketResult", "EncodingType"] => next.encoding_type(text.into()),
            _ => next,
        };
        match path {
            ["ListBucketResult", "Contents"] => objects.push(std::mem::take(&mut object).build()),
            ["ListBucketResult", "Contents", field] => {
                object = with_field(std::mem::take(&mut object), field, text)?;
            }
            ["ListBucketResult", "CommonPrefixes", "Prefix"] => {
                folders.push(CommonPrefix::builder().prefix(text).build());
            }
            ["ListBucketResult", ..] => {}
            _ => return None,
        }
        Some(())
    })?;
    Some(
        page.set_contents(Some(objects))
            .set_common_prefixes(Some(folders))
            .build(),
    )
}

/// `None` for a value that the field cannot have.
fn with_field(object: ObjectBuilder, field: &str, text: &str) -> Option<ObjectBuilder> {
    Some(match field {
        "Key" => object.key(text),
        "LastModified" => {
            object.last_modified(DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?)
        }
        "ETag" => object.e_tag(text),
        "Size" => object.size(text.parse().ok()?),
        "StorageClass" => object.storage_class(text.into()),
        _ => object,
    })
}

/// Why storage refused to list (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>): nothing is known
/// of an answer that is no `Error`.
fn refusal(xml: &[u8]) -> ErrorMetadata {
    let mut refusal = ErrorMetadata::builder();
    let read = walk(xml, |path, text| {
        refusal = match path {
            ["Error", "Code"] => std::mem::take(&mut refusal).code(text),
            ["Error", "Message"] => std::mem::take(&mut refusal).message(text),
            _ => return Some(()),
        };
        Some(())
    });
    read.map_or_else(ErrorMetadata::default, |()| refusal.build())
}

/// The elements that are read. All others have an empty name in [`walk`].
const NAMES: [&str; 15] = [
    "Key",
    "LastModified",
    "ETag",
    "Size",
    "StorageClass",
    "Contents",
    "Prefix",
    "CommonPrefixes",
    "IsTruncated",
    "NextContinuationToken",
    "EncodingType",
    "ListBucketResult",
    "Error",
    "Code",
    "Message",
];

/// Calls `visit` at the end of each element, with the names of all that it lies in, its own last, and the text behind the
/// element within it that ended last. `None` where `visit` says so, and for XML that is malformed or cut off.
fn walk(xml: &[u8], mut visit: impl FnMut(&[&str], &str) -> Option<()>) -> Option<()> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut path = Vec::with_capacity(4);
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                let name = element.local_name();
                let known = NAMES.into_iter().find(|known| known.as_bytes() == name.as_ref());
                path.push(known.unwrap_or_default());
                text.clear();
            }
            Event::End(_) => {
                visit(&path, &text)?;
                path.pop();
                text.clear();
                if path.is_empty() {
                    return Some(());
                }
            }
            Event::Text(piece) => text.push_str(&piece.decode().ok()?),
            Event::CData(piece) => text.push_str(&piece.decode().ok()?),
            Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                Some(char) => text.push(char),
                None => text.push_str(resolve_predefined_entity(&name.decode().ok()?)?),
            },
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            // S3 sends no document type; what one declares would have to be understood.
            Event::DocType(_) | Event::Empty(_) | Event::Eof => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{EncodingType, ObjectStorageClass};

    use super::*;

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Name>forepeak</Name><Prefix>users/</Prefix><EncodingType>url</EncodingType>
          <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>
          <Contents>
            <Key>users/a%2Bb</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>
            <ETag>&quot;d41d8&#x2D;2&quot;</ETag><Size>12</Size><StorageClass>GLACIER</StorageClass>
            <Owner><ID>someone</ID><Key>of the owner</Key></Owner>
          </Contents>
          <CommonPrefixes><Prefix>users/folder/</Prefix></CommonPrefixes>
          <Contents><Key><![CDATA[users/<c>]]></Key></Contents>
        </ListBucketResult>"#;

    #[test]
    fn a_page_is_read_field_by_field() {
        let page = page(PAGE.as_bytes()).unwrap();
        assert_eq!(page.is_truncated(), Some(true));
        assert_eq!(page.next_continuation_token(), Some("a&b"));
        assert_eq!(page.encoding_type(), Some(&EncodingType::Url));
        let [first, second] = page.contents() else {
            panic!("{page:?}")
        };
        assert_eq!(first.key(), Some("users/a%2Bb"));
        assert_eq!(first.e_tag(), Some("\"d41d8-2\""));
        assert_eq!(first.size(), Some(12));
        assert_eq!(first.last_modified().map(DateTime::secs), Some(1_704_067_200));
        assert_eq!(
            first.storage_class().map(ObjectStorageClass::as_str),
            Some("GLACIER")
        );
        assert_eq!(second.key(), Some("users/<c>"));
        assert_eq!((second.size(), second.last_modified()), (None, None));
        let folders: Vec<_> = page.common_prefixes().iter().map(CommonPrefix::prefix).collect();
        assert_eq!(folders, [Some("users/folder/")]);
    }

    #[test]
    fn what_is_no_whole_page_is_refused() {
        let whole = PAGE.as_bytes();
        for end in 0..whole.len() {
            assert!(page(&whole[..end]).is_none(), "cut off at {end}");
        }
        for other in [
            "<Error><Code>SlowDown</Code></Error>",
            "<ListBucketResult><IsTruncated>perhaps</IsTruncated></ListBucketResult>",
            "<ListBucketResult><Contents><Size>many</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>&unknown;</Key></Contents></ListBucketResult>",
            "<!DOCTYPE a><ListBucketResult></ListBucketResult>",
            "<ListBucketResult></Other>",
            "{}",
        ] {
            assert!(page(other.as_bytes()).is_none(), "{other}");
        }
        assert!(page(b"<ListBucketResult/>").is_some());
    }

    #[test]
    fn a_refusal_is_known_by_its_code() {
        let xml = b"<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Message>It's &lt;gone&gt;</Message></Error>";
        let read = refusal(xml);
        assert_eq!(read.code(), Some("NoSuchBucket"));
        assert_eq!(read.message(), Some("It's <gone>"));
        for other in ["", "<html><body>502", "<Error><Code>SlowDown"] {
            assert_eq!(refusal(other.as_bytes()).code(), None, "{other}");
        }
    }
}
