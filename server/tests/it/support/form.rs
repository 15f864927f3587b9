//! Forms as `curl -F` writes them, byte for byte.

const BOUNDARY: &str = "------------------------d74496d66958873e";

pub(crate) struct Form {
    body: Vec<u8>,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self { body: Vec::new() }
    }

    /// `-F name=value`
    #[must_use]
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.begin(&format!(
            "Content-Disposition: form-data; name=\"{name}\"\r\n\r\n"
        ));
        self.body.extend_from_slice(value.as_bytes());
        self.end()
    }

    /// `-F file=@file_name`, with the content type that curl derives from the name's ending.
    #[must_use]
    pub(crate) fn file(mut self, file_name: &str, content_type: &str, bytes: &[u8]) -> Self {
        self.begin(&format!(
            "Content-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: {content_type}\r\n\r\n"
        ));
        self.body.extend_from_slice(bytes);
        self.end()
    }

    pub(crate) fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.body
            .extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body
    }

    fn begin(&mut self, headers: &str) {
        self.body
            .extend_from_slice(format!("--{BOUNDARY}\r\n{headers}").as_bytes());
    }

    fn end(mut self) -> Self {
        self.body.extend_from_slice(b"\r\n");
        self
    }
}
