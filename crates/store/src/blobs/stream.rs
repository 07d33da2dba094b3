//! Blobs too large for memory: written part by part, and read the same way.
//!
//! What is being written lies under a name of its own, and gets its true one, the hash of all its bytes,
//! when it is complete. What a process that died left lying there belongs to nobody, and is swept up.

use std::io::{Error, ErrorKind, Read, Result as IoResult};
use std::time::{Duration, UNIX_EPOCH};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use throughline_core::time::Instant;
use tokio::runtime::Handle;

use super::{Blobs, path_of};
use crate::error::StoreError;

/// What is sent to the blob store at once; buckets want at least 5 MiB.
const PART: usize = 8 * 1024 * 1024;
/// Where blobs lie while they are written.
const INCOMING: &str = "incoming";

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
        let path = Path::from(format!("{INCOMING}/{mark:016x}"));
        let upload = self.store.put_multipart(&path).await?;
        let (hash, part) = (blake3::Hasher::new(), BytesMut::new());
        Ok(NewBlob { blobs: self.clone(), path, upload, hash, part, size: 0 })
    }

    /// Removes what was begun, and of which nothing came since an instant. Answers how many there were. In a
    /// bucket it finds only what came whole and got no name: parts of what never did are not listed there.
    pub async fn sweep(&self, before: Instant) -> Result<usize, StoreError> {
        let Some(folder) = self.folder.as_ref().map(|folder| folder.join(INCOMING)) else {
            return self.sweep_bucket(before).await;
        };
        // By the files themselves: what is not complete is none for the blob store.
        let swept = tokio::task::spawn_blocking(move || sweep_folder(&folder, before)).await;
        swept
            .map_err(|error| StoreError::Internal(error.to_string()))?
            .map_err(|error| StoreError::Internal(format!("sweeping {INCOMING}: {error}")))
    }

    async fn sweep_bucket(&self, before: Instant) -> Result<usize, StoreError> {
        let mut swept = 0;
        let mut found = self.store.list(Some(&Path::from(INCOMING)));
        while let Some(object) = found.next().await.transpose()? {
            if object.last_modified.timestamp_micros() < before.as_micros() {
                self.store.delete(&object.location).await?;
                swept += 1;
            }
        }
        Ok(swept)
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

/// Removes files that were last written before an instant.
fn sweep_folder(folder: &std::path::Path, before: Instant) -> IoResult<usize> {
    let micros = u64::try_from(before.as_micros()).unwrap_or_default();
    let before = UNIX_EPOCH + Duration::from_micros(micros);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing was ever sent here.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut swept = 0;
    for entry in entries {
        let entry = entry?;
        // What is finished or swept by somebody else meanwhile is not there any more.
        let old = entry.metadata().and_then(|file| Ok(file.is_file() && file.modified()? < before));
        match old.and_then(
            |old| if old { std::fs::remove_file(entry.path()).map(|()| 1) } else { Ok(0) },
        ) {
            Ok(removed) => swept += removed,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(swept)
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

    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_dead_process_left_is_swept_up_and_what_is_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&BlobOptions::Folder(folder.path().join("b"))).unwrap();
        let at = Instant::from_micros(1_790_000_000_000_000);
        assert_eq!(blobs.sweep(at).await.unwrap(), 0, "there is no such folder yet");
        let incoming = folder.path().join("b").join(INCOMING);
        let begun = async |mark: i64, seconds: i64| {
            let mut new = blobs.begin(mark).await.unwrap();
            new.write(&vec![7; PART]).await.unwrap();
            let name = format!("{mark:016x}");
            let mut files = std::fs::read_dir(&incoming).unwrap().map(Result::unwrap);
            let of =
                |file: &std::fs::DirEntry| file.file_name().to_string_lossy().starts_with(&name);
            let path = files.find(of).unwrap().path();
            let micros = u64::try_from(at.plus_seconds(seconds).as_micros()).unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_micros(micros)).unwrap();
            (new, path)
        };
        let (dead, left) = begun(1, -1).await;
        // As with a process that is killed: nobody tidies up.
        std::mem::forget(dead);
        let (alive, writing) = begun(2, 1).await;
        // What came whole, and was not given its name.
        let whole = incoming.join(format!("{:016x}", 3));
        std::fs::write(&whole, b"whole").unwrap();
        let file = std::fs::File::options().write(true).open(&whole).unwrap();
        file.set_modified(UNIX_EPOCH).unwrap();
        let named = blobs.put(&b"a blob"[..]).await.unwrap();
        assert_eq!(blobs.sweep(at).await.unwrap(), 2);
        assert!(!left.exists() && !whole.exists() && writing.exists());
        assert_eq!(alive.finish().await.unwrap(), name_of(&vec![7; PART]));
        assert_eq!(blobs.get(&named).await.unwrap(), &b"a blob"[..]);
    }

    #[tokio::test]
    async fn in_a_bucket_what_got_no_name_is_swept_up() {
        let store = std::sync::Arc::new(object_store::memory::InMemory::new());
        let blobs = Blobs { store, folder: None };
        let named = blobs.put(&b"a blob"[..]).await.unwrap();
        let lost = Path::from(format!("{INCOMING}/{:016x}", 1));
        blobs.store.put(&lost, PutPayload::from_static(b"lost")).await.unwrap();
        assert_eq!(blobs.sweep(Instant::from_micros(0)).await.unwrap(), 0, "it is new");
        assert_eq!(blobs.sweep(Instant::from_micros(i64::MAX)).await.unwrap(), 1);
        assert!(blobs.get(&named).await.is_ok());
    }
}
