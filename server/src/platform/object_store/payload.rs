//! Bytes on their way from a client to storage. They wait in an unnamed file, not in memory: their length and
//! digest are known before storage hears of them, a failed attempt can be repeated, and when the process dies
//! the operating system has nothing to clean up.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use app::contract::{Checksum, ChecksumAlgorithm};
use aws_smithy_checksums::http::HttpChecksum;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, task::JoinHandle};

const CHUNK: usize = 256 * 1024;

/// What is written to storage; can be read any number of times.
#[derive(Clone, Debug)]
pub enum Payload {
    Empty,
    File(SpooledFile),
}

impl Payload {
    /// Bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::File(file) => file.len,
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Of this algorithm; anything but SHA-256 reads the bytes once more.
    ///
    /// # Errors
    /// When the spooled file cannot be read.
    pub(super) async fn checksum(&self, algorithm: ChecksumAlgorithm) -> io::Result<Checksum> {
        let value = match (algorithm, self) {
            (ChecksumAlgorithm::Sha256, _) => self.sha256(),
            (_, Self::Empty) => BASE64_STANDARD.encode(hasher(algorithm).finalize()),
            (_, Self::File(file)) => {
                let file = file.clone();
                tokio::task::spawn_blocking(move || digest(&file, algorithm)).await??
            }
        };
        Ok(Checksum { algorithm, value })
    }

    /// SHA-256 in base64, as S3 writes it.
    pub(super) fn sha256(&self) -> String {
        match self {
            Self::Empty => BASE64_STANDARD.encode(Sha256::digest([])),
            Self::File(file) => BASE64_STANDARD.encode(file.sha256),
        }
    }

    pub(super) fn body(&self) -> aws_smithy_types::body::SdkBody {
        use aws_smithy_types::body::SdkBody;
        match self {
            Self::Empty => SdkBody::empty(),
            Self::File(file) => {
                let file = file.clone();
                SdkBody::retryable(move || SdkBody::from_body_1_x(FileBody::new(&file)))
            }
        }
    }
}

fn hasher(algorithm: ChecksumAlgorithm) -> Box<dyn HttpChecksum> {
    match algorithm {
        ChecksumAlgorithm::Crc32 => aws_smithy_checksums::ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C => aws_smithy_checksums::ChecksumAlgorithm::Crc32c,
        ChecksumAlgorithm::Crc64Nvme => aws_smithy_checksums::ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1 => aws_smithy_checksums::ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256 => aws_smithy_checksums::ChecksumAlgorithm::Sha256,
    }
    .into_impl()
}

fn digest(file: &SpooledFile, algorithm: ChecksumAlgorithm) -> io::Result<String> {
    let mut hasher = hasher(algorithm);
    let mut chunk = vec![0; CHUNK];
    let mut offset = 0;
    while offset < file.len {
        let read = file.file.read_at(&mut chunk, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&chunk[..read]);
        offset += read as u64;
    }
    Ok(BASE64_STANDARD.encode(hasher.finalize()))
}

/// The folder in which uploads through the server wait for storage.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// Why bytes could not be spooled.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("more than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the spool file could not be written")]
    Io(#[from] io::Error),
}

impl Spool {
    /// The folder is made when it is first needed.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Opens a file without a name that takes at most `limit` bytes.
    ///
    /// # Errors
    /// When the file system refuses.
    pub async fn create(&self, limit: u64) -> io::Result<SpoolWriter> {
        let folder = self.folder.clone();
        let unnamed = move || {
            std::fs::create_dir_all(&folder)?;
            tempfile::tempfile_in(folder)
        };
        let file = tokio::task::spawn_blocking(unnamed).await??;
        let mut file = tokio::fs::File::from_std(file);
        // Two MiB otherwise, for each upload under way.
        file.set_max_buf_size(CHUNK);
        Ok(SpoolWriter {
            file,
            len: 0,
            limit,
            sha256: Sha256::new(),
        })
    }
}

pub struct SpoolWriter {
    file: tokio::fs::File,
    len: u64,
    limit: u64,
    sha256: Sha256,
}

impl SpoolWriter {
    /// # Errors
    /// [`SpoolError::TooLarge`] as soon as the limit is passed.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        self.len += bytes.len() as u64;
        if self.len > self.limit {
            return Err(SpoolError::TooLarge { limit: self.limit });
        }
        self.sha256.update(bytes);
        self.file.write_all(bytes).await?;
        Ok(())
    }

    /// # Errors
    /// When the last bytes cannot be written.
    pub async fn finish(mut self) -> Result<SpooledFile, SpoolError> {
        self.file.flush().await?;
        Ok(SpooledFile {
            file: Arc::new(self.file.into_std().await),
            len: self.len,
            sha256: self.sha256.finalize().into(),
        })
    }
}

/// A complete file without a name; gone with its last handle.
#[derive(Clone, Debug)]
pub struct SpooledFile {
    file: Arc<File>,
    len: u64,
    sha256: [u8; 32],
}

/// Reads a spooled file from its beginning, a chunk at a time, off the async threads.
struct FileBody {
    file: Arc<File>,
    offset: u64,
    len: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileBody {
    fn new(file: &SpooledFile) -> Self {
        Self {
            file: Arc::clone(&file.file),
            offset: 0,
            len: file.len,
            reading: None,
        }
    }

    fn read(&self) -> JoinHandle<io::Result<Bytes>> {
        let (file, offset) = (Arc::clone(&self.file), self.offset);
        let want = usize::try_from(self.len - offset).map_or(CHUNK, |rest| rest.min(CHUNK));
        tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0; want];
            file.read_exact_at(&mut chunk, offset)?;
            Ok(Bytes::from(chunk))
        })
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.offset == self.len {
            return Poll::Ready(None);
        }
        let mut reading = match self.reading.take() {
            Some(reading) => reading,
            None => self.read(),
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let chunk = read.map_err(io::Error::from).and_then(|read| read)?;
        self.offset += chunk.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.offset == self.len
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len - self.offset)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn spooled_bytes_come_back_whole_each_time_and_leave_no_name_behind() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().join("spool"));
        let mut writer = spool.create(1 << 20).await.unwrap();
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| (n % 251) as u8).collect();
        for chunk in bytes.chunks(7_919) {
            writer.write(chunk).await.unwrap();
        }
        let file = writer.finish().await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("spool")).unwrap().count(), 0);
        for _ in 0..2 {
            let body = FileBody::new(&file);
            assert_eq!(body.size_hint().exact(), Some(600_000));
            assert_eq!(body.collect().await.unwrap().to_bytes(), bytes);
        }
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(file.sha256, digest);
    }

    #[tokio::test]
    async fn checksums_are_those_of_the_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Spool::new(folder.path()).create(1 << 20).await.unwrap();
        writer.write(b"123456789").await.unwrap();
        let payload = Payload::File(writer.finish().await.unwrap());
        // The check values of the catalogues of CRCs, and those of `sha1sum` and `sha256sum`.
        for (algorithm, hex) in [
            (ChecksumAlgorithm::Crc32, "cbf43926"),
            (ChecksumAlgorithm::Crc32C, "e3069283"),
            (ChecksumAlgorithm::Crc64Nvme, "ae8b14860a799888"),
            (
                ChecksumAlgorithm::Sha1,
                "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
            ),
            (
                ChecksumAlgorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ] {
            let checksum = payload.checksum(algorithm).await.unwrap();
            assert_eq!(hex::encode(BASE64_STANDARD.decode(checksum.value).unwrap()), hex);
        }
        let empty = Payload::Empty.checksum(ChecksumAlgorithm::Crc32).await.unwrap();
        assert_eq!(empty.value, "AAAAAA==");
    }

    #[tokio::test]
    async fn stops_at_the_first_byte_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path());
        let mut writer = spool.create(10).await.unwrap();
        writer.write(&[0; 10]).await.unwrap();
        assert!(matches!(
            writer.write(&[0]).await,
            Err(SpoolError::TooLarge { limit: 10 })
        ));
    }
}
