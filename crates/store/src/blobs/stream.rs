//! Blobs too large for memory: written part by part, and read the same way.
//!
//! What is being written lies under a name of its own, and gets its true one, the hash of all its bytes,
//! when it is complete. What a process that died left lying there belongs to nobody.

use std::io::{Error, Read, Result as IoResult};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use tokio::runtime::Handle;

use super::{Blobs, path_of};
use crate::error::StoreError;

/// What is sent to the blob store at once; buckets want at least 5 MiB.
const PART: usize = 8 * 1024 * 1024;

/// A blob that is being written.
pub struct NewBlob {
    blobs: Blobs,
    path: Path,
    upload: Box<dyn MultipartUpload>,
    hash: blake3::Hasher,
    part: BytesMut,
    size: u64,
}

impl std::fmt::Debug for NewBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewBlob").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Blobs {
    /// Begins a blob. `mark` is a number that nobody else uses.
    pub async fn begin(&self, mark: i64) -> Result<NewBlob, StoreError> {
        let path = Path::from(format!("incoming/{mark:016x}"));
        let upload = self.store.put_multipart(&path).await?;
        let (hash, part) = (blake3::Hasher::new(), BytesMut::new());
        Ok(NewBlob { blobs: self.clone(), path, upload, hash, part, size: 0 })
    }

    /// Opens a blob, to be read from a thread that may block. Call it within a runtime.
    pub async fn open_reader(&self, name: &str) -> Result<BlobReader, StoreError> {
        let stream = self.store.get(&path_of(name)?).await?.into_stream();
        Ok(BlobReader { stream, at_hand: Bytes::new(), runtime: Handle::current() })
    }

    /// The first bytes of a blob, at most so many.
    pub async fn head(&self, name: &str, most: u64) -> Result<Bytes, StoreError> {
        let path = path_of(name)?;
        let size = self.store.head(&path).await?.size;
        if size == 0 {
            return Ok(Bytes::new());
        }
        Ok(self.store.get_range(&path, 0..size.min(most)).await?)
    }
}

impl NewBlob {
    /// Takes more bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART {
            let part = std::mem::take(&mut self.part).freeze();
            self.upload.put_part(PutPayload::from(part)).await?;
        }
        Ok(())
    }

    /// How many bytes it has up to now.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Completes it; answers with its name. Durable when it returns.
    pub async fn finish(mut self) -> Result<String, StoreError> {
        let name = self.hash.finalize().to_hex().to_string();
        // An upload of no parts is refused by some stores.
        if !self.part.is_empty() || self.size == 0 {
            let part = std::mem::take(&mut self.part).freeze();
            self.upload.put_part(PutPayload::from(part)).await?;
        }
        self.upload.complete().await?;
        let (store, path) = (&self.blobs.store, path_of(&name)?);
        if store.head(&path).await.is_ok() {
            store.delete(&self.path).await?;
        } else {
            store.rename(&self.path, &path).await?;
        }
        Ok(name)
    }

    /// Gives it up.
    pub async fn abandon(mut self) {
        if let Err(error) = self.upload.abort().await {
            tracing::debug!(%error, "what was written of a blob could not be removed");
        }
    }
}

/// Reads a blob as it comes. To be used on a thread that may block.
pub struct BlobReader {
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    at_hand: Bytes,
    runtime: Handle,
}

impl std::fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader").finish_non_exhaustive()
    }
}

impl Read for BlobReader {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        while self.at_hand.is_empty() {
            match self.runtime.block_on(self.stream.next()) {
                Some(Ok(bytes)) => self.at_hand = bytes,
                Some(Err(error)) => return Err(Error::other(error)),
                None => return Ok(0),
            }
        }
        let taken = into.len().min(self.at_hand.len());
        self.at_hand.copy_to_slice(into.get_mut(..taken).unwrap_or_default());
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::super::name_of;
    use super::*;
    use crate::options::BlobOptions;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_written_in_parts_is_read_whole_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&BlobOptions::Folder(folder.path().join("b"))).unwrap();
        let all: Vec<u8> = (0..PART + 4_321).map(|n| (n % 251) as u8).collect();
        for _ in 0..2 {
            let mut new = blobs.begin(7).await.unwrap();
            for part in all.chunks(1_000_003) {
                new.write(part).await.unwrap();
            }
            assert_eq!(new.size(), all.len() as u64);
            assert_eq!(new.finish().await.unwrap(), name_of(&all));
        }
        let mut reader = blobs.open_reader(&name_of(&all)).await.unwrap();
        let read = tokio::task::spawn_blocking(move || {
            let mut read = Vec::new();
            reader.read_to_end(&mut read).map(|_| read)
        });
        assert!(read.await.unwrap().unwrap() == all);
        assert_eq!(blobs.head(&name_of(&all), 3).await.unwrap(), &all[..3]);
        blobs.begin(8).await.unwrap().abandon().await;
        let empty = blobs.begin(9).await.unwrap().finish().await.unwrap();
        assert_eq!(blobs.head(&empty, 10).await.unwrap().len(), 0);
        let left = std::fs::read_dir(folder.path().join("b/incoming")).unwrap().count();
        assert_eq!(left, 0, "nothing is left under another name");
    }
}
