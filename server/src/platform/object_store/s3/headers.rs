//! Stored headers on requests that write.

/// Sets all headers but `Expires`, which is a date to the SDK, and the metadata. The SDK's builders share no trait.
macro_rules! with_headers {
    ($request:expr, $headers:expr) => {{
        let headers: &$crate::platform::object_store::ObjectHeaders = $headers;
        $request
            .set_content_type(headers.content_type.clone())
            .set_content_encoding(headers.content_encoding.clone())
            .set_content_language(headers.content_language.clone())
            .set_content_disposition(headers.content_disposition.clone())
            .set_cache_control(headers.cache_control.clone())
            .set_metadata(Some(headers.metadata.clone().into_iter().collect()))
    }};
}

pub(super) use with_headers;
