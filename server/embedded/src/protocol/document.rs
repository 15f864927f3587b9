//! The XML document in a request's body: read, compared with its digests, and written anew for `s3s`.
//!
//! `s3s` leaves out CDATA, refuses characters beyond U+FFFF that are written by number, and skips elements that it does
//! not know. So the document is rewritten to what it reads rightly: elements, text, and nothing else.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use quick_xml::Reader;
use quick_xml::escape::{minimal_escape, resolve_xml_entity};
use quick_xml::events::{BytesStart, Event};
use s3s::{Body, S3Error, S3Result, TrailingHeaders, s3_error};

use super::operations::Operation;
use crate::blobs::Digester;
use crate::service::checksums::{self, Declared};
use crate::service::error;

/// A list of 10,000 parts with checksums is under 3 MiB.
const LARGEST: usize = 4 << 20;

/// The document of a body, as `s3s` reads it rightly; empty when there is none.
pub(super) async fn read(
    operation: &Operation,
    elements: &[&str],
    headers: &HeaderMap,
    trailers: Option<&TrailingHeaders>,
    body: Body,
) -> S3Result<Bytes> {
    let bytes = match Limited::new(body, LARGEST).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(s3_error!(MaxMessageLengthExceeded, "Your request was too big."));
        }
        Err(error) => return Err(error::broken(&error)),
    };
    let declared = if operation.name == "CompleteMultipartUpload" {
        // The checksums in its headers are those of the object.
        Declared::of_md5(headers)?
    } else {
        Declared::read(headers)?
    };
    let algorithm = declared.algorithm().unwrap_or(checksums::DEFAULT);
    let mut digester = Digester::new(&[algorithm]);
    digester.update(&bytes);
    declared.verify(&digester.finish(), trailers)?;
    if bytes.is_empty() {
        return Ok(bytes);
    }
    rewrite(&bytes, elements).map(Bytes::from)
}

pub(super) fn rewrite(document: &[u8], elements: &[&str]) -> S3Result<String> {
    let mut reader = Reader::from_reader(document);
    let mut written = String::with_capacity(document.len());
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(start) => {
                let name = name(&start, elements)?;
                written.extend(["<", name, ">"]);
                open.push(name.to_owned());
            }
            Event::Empty(start) => {
                let name = name(&start, elements)?;
                written.extend(["<", name, "></", name, ">"]);
            }
            // The reader compares it with the name that was opened.
            Event::End(_) => {
                let name = open.pop().ok_or_else(malformed)?;
                written.extend(["</", name.as_str(), ">"]);
            }
            Event::Text(text) => written.push_str(&text.decode().map_err(|_| malformed())?),
            Event::CData(text) => {
                let text = text.decode().map_err(|_| malformed())?;
                written.push_str(&minimal_escape(text));
            }
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| malformed())?;
                let text = match character {
                    Some(character) => character.to_string(),
                    None => reference
                        .decode()
                        .ok()
                        .and_then(|name| resolve_xml_entity(&name))
                        .ok_or_else(malformed)?
                        .to_owned(),
                };
                written.push_str(&minimal_escape(text));
            }
            Event::Decl(declaration) => {
                let utf8 = match declaration.encoding() {
                    None => true,
                    Some(encoding) => encoding.is_ok_and(|name| name.eq_ignore_ascii_case(b"utf-8")),
                };
                if !utf8 {
                    return Err(malformed());
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            // Nothing of S3's needs one, and entities of the client's own could grow without end.
            Event::DocType(_) => return Err(malformed()),
            Event::Eof => break,
        }
    }
    if open.is_empty() {
        Ok(written)
    } else {
        Err(malformed())
    }
}

/// The element's name without its namespace, if the operation has such an element.
fn name<'a>(start: &'a BytesStart<'_>, elements: &[&str]) -> S3Result<&'a str> {
    let name = std::str::from_utf8(start.local_name().into_inner()).map_err(|_| malformed())?;
    if elements.contains(&name) {
        return Ok(name);
    }
    Err(s3_error!(
        NotImplemented,
        "An element you provided implies functionality that is not implemented: {name}"
    ))
}

fn malformed() -> S3Error {
    s3_error!(
        MalformedXML,
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELETE: &[&str] = &["Delete", "Object", "Key"];

    fn key(content: &str) -> S3Result<String> {
        let document = format!("<Delete><Object><Key>{content}</Key></Object></Delete>");
        let written = rewrite(document.as_bytes(), DELETE)?;
        let mut deserializer = s3s::xml::Deserializer::new(written.as_bytes());
        let delete: s3s::dto::Delete = s3s::xml::Deserialize::deserialize(&mut deserializer).unwrap();
        Ok(delete.objects[0].key.clone())
    }

    #[test]
    fn a_key_is_read_however_it_is_written() {
        for (content, expected) in [
            ("a<![CDATA[b]]>", "ab"),
            ("<![CDATA[<&]]>", "<&"),
            ("a&amp;b&lt;", "a&b<"),
            ("&#x1F600;&#128512;", "😀😀"),
            ("a&#1;b&#xD;", "a\u{1}b\r"),
            (" a\nb ", " a\nb "),
            ("a<!-- c -->b<?d?>", "ab"),
        ] {
            assert_eq!(key(content).unwrap(), expected, "{content}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let code = |document: &str| {
            rewrite(document.as_bytes(), DELETE)
                .unwrap_err()
                .code()
                .as_str()
                .to_owned()
        };
        assert_eq!(
            code("<Delete><Object><Size>1</Size></Object></Delete>"),
            "NotImplemented"
        );
        for document in [
            "<!DOCTYPE a [<!ENTITY b 'c'>]><Delete>&b;</Delete>",
            "<Delete>&b;</Delete>",
            "<?xml version='1.0' encoding='UTF-16'?><Delete/>",
            "<Delete><Object></Delete>",
            "<Delete>",
            "<Delete>&#xD800;</Delete>",
        ] {
            assert_eq!(code(document), "MalformedXML", "{document}");
        }
        assert_eq!(
            rewrite(
                b"<s:Delete xmlns:s='http://s3.amazonaws.com/doc/2006-03-01/'/>",
                DELETE
            )
            .unwrap(),
            "<Delete></Delete>"
        );
    }
}
