//! `multipart/form-data` (RFC 7578) with one file in it, for scripts. The file goes to the spool as it arrives;
//! the fields may stand before or after it (`curl -F file=@… -F key=…` sends the file first).

mod body;

use std::collections::BTreeMap;

use app::contract::{ApiError, ErrorCode};
use axum::{
    body::Body,
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
};
use http::{HeaderMap, StatusCode, header};

use super::{
    extract::came_too_slowly,
    problem::{Failure, Problem, storage_full},
};
use crate::platform::{
    disk::Condition,
    object_store::{Payload, Spool, SpoolError},
};
use body::{FormBody, ParserBacklog};

/// The boundaries, headers and other fields around the file.
const OVERHEAD: u64 = 64 * 1024;
const MAX_FIELD_BYTES: usize = 4 * 1024;

/// What was sent: the file, in the spool, and the other fields by name.
#[derive(Debug)]
pub struct FileForm {
    pub payload: Payload,
    /// As the client declared it for the file.
    pub content_type: Option<String>,
    /// The same; without the folders that some clients put before it.
    file_name: Option<String>,
    fields: BTreeMap<&'static str, String>,
}

#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("the file has more than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("{field} {why}")]
    Field { field: String, why: &'static str },
    #[error("the form is malformed")]
    Malformed(#[source] MultipartError),
    #[error("the body is no form")]
    NotAForm,
    #[error("the body came too slowly")]
    TooSlow,
    #[error("the spool failed")]
    Spool(#[source] std::io::Error),
}

impl Failure for FormError {
    fn outside(&self) -> ApiError {
        match self {
            Self::TooLarge { limit } => ApiError::new(
                ErrorCode::PayloadTooLarge,
                format!(
                    "File too large: at most {limit} bytes pass through the server. Larger files go to storage directly (POST /api/s3/uploads)."
                ),
            ),
            Self::Field { field, why } => ApiError::field(field, *why),
            Self::Malformed(_) | Self::NotAForm => ApiError::new(
                ErrorCode::ValidationError,
                "The body is not multipart/form-data, or it broke off",
            ),
            Self::TooSlow => ApiError::new(
                ErrorCode::ValidationError,
                "The body stopped coming, or came too slowly",
            ),
            Self::Spool(error) if Condition::of_io(error) == Condition::Full => storage_full(),
            Self::Spool(_) => ApiError::new(
                ErrorCode::StorageUnavailable,
                "The server cannot keep the upload at the moment. Nothing was changed; try again shortly.",
            ),
        }
    }
}

impl FileForm {
    /// The form that a request holds, with a file of at most `limit` bytes; `fields` are the names of the other fields.
    /// What is declared too large is not spooled at all, and of what is refused nothing stays in the spool.
    pub async fn read(
        request: Request,
        fields: &[&'static str],
        spool: &Spool,
        limit: u64,
    ) -> Result<Self, Problem> {
        let read = if declared_length(request.headers()).is_some_and(|declared| cannot_fit(declared, limit)) {
            Err(FormError::TooLarge { limit })
        } else {
            let backlog = ParserBacklog::default();
            let in_pieces =
                |body: Body| Body::from_stream(FormBody::new(body.into_data_stream(), backlog.clone()));
            match Multipart::from_request(request.map(in_pieces), &()).await {
                Ok(form) => Self::parse(form, &backlog, fields, spool, limit).await,
                Err(_) => Err(FormError::NotAForm),
            }
        };
        read.map_err(|error| match error {
            FormError::TooSlow => Problem::from(error).with_status(StatusCode::REQUEST_TIMEOUT),
            error => Problem::from(error),
        })
    }

    /// Reads the form to its end. `backlog` is that of its body.
    async fn parse(
        mut form: Multipart,
        backlog: &ParserBacklog,
        allowed: &[&'static str],
        spool: &Spool,
        limit: u64,
    ) -> Result<Self, FormError> {
        let mut file = None;
        let mut fields = BTreeMap::new();
        while let Some(field) = next(backlog, form.next_field()).await? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                if file.is_some() {
                    return Err(refused(name, "is given twice"));
                }
                let content_type = field.content_type().map(str::to_owned);
                let file_name = field.file_name().map(last_segment);
                let payload = spooled(field, backlog, spool, limit).await?;
                file = Some((payload, content_type, file_name));
                continue;
            }
            let Some(known) = allowed.iter().find(|known| **known == name) else {
                return Err(refused(name, "is not a field of this form"));
            };
            let value = text(field, backlog, &name).await?;
            if fields.insert(*known, value).is_some() {
                return Err(refused(name, "is given twice"));
            }
        }
        let (payload, content_type, file_name) = file.ok_or_else(|| refused("file", "is required"))?;
        Ok(Self {
            payload,
            content_type,
            file_name,
            fields,
        })
    }

    /// [`FormError::Field`] when the client named none.
    pub fn file_name(&self) -> Result<&str, FormError> {
        let name = self.file_name.as_deref().filter(|name| !name.is_empty());
        name.ok_or_else(|| refused("file", "has no name"))
    }

    /// [`FormError::Field`] when the field was not sent.
    pub fn required(&self, name: &'static str) -> Result<&str, FormError> {
        self.optional(name).ok_or_else(|| refused(name, "is required"))
    }

    #[must_use]
    pub fn optional(&self, name: &'static str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

fn last_segment(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

async fn spooled(
    mut field: Field<'_>,
    backlog: &ParserBacklog,
    spool: &Spool,
    limit: u64,
) -> Result<Payload, FormError> {
    let mut writer = spool.create(limit).await.map_err(FormError::Spool)?;
    while let Some(chunk) = next(backlog, field.chunk()).await? {
        writer.write(&chunk).await.map_err(spool_error)?;
    }
    writer.finish().await.map(Payload::File).map_err(spool_error)
}

async fn text(mut field: Field<'_>, backlog: &ParserBacklog, name: &str) -> Result<String, FormError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next(backlog, field.chunk()).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_FIELD_BYTES {
            return Err(refused(name, "is too long"));
        }
    }
    String::from_utf8(bytes).map_err(|_| refused(name, "is not valid UTF-8"))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether a body of this declared length cannot be a form with a file of at most `limit` bytes.
fn cannot_fit(declared: u64, limit: u64) -> bool {
    declared > limit.saturating_add(OVERHEAD)
}

/// What comes out of the parser next.
async fn next<T>(
    backlog: &ParserBacklog,
    parsed: impl Future<Output = Result<T, MultipartError>>,
) -> Result<T, FormError> {
    let next = parsed.await;
    backlog.clear();
    next.map_err(|error| {
        if came_too_slowly(&error) {
            FormError::TooSlow
        } else {
            FormError::Malformed(error)
        }
    })
}

fn refused(field: impl Into<String>, why: &'static str) -> FormError {
    FormError::Field {
        field: field.into(),
        why,
    }
}

fn spool_error(error: SpoolError) -> FormError {
    match error {
        SpoolError::TooLarge { limit } => FormError::TooLarge { limit },
        SpoolError::Io(error) => FormError::Spool(error),
    }
}
