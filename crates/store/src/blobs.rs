//! Content-addressed blobs: raw deliveries, attachments and other large things, named by the
//! BLAKE3 hash of their bytes, in a local folder or an S3-compatible bucket.
//!
//! A blob is written before the row that names it, so a crash in between leaves at the worst an
//! unnamed blob, never a row without its blob.

use std::path::PathBuf;
use std::sync::Arc;

mod stream;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};

pub use stream::{BlobReader, NewBlob};

use crate::error::StoreError;
use crate::options::{BlobOptions, S3Options};

/// The name of a blob: the lower-case hex of its BLAKE3 hash.
pub fn name_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The blob store.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Where it is, when it is a folder.
    folder: Option<PathBuf>,
}

impl Blobs {
    /// Opens the folder (making it when missing) or the bucket (which must exist).
    pub fn open(options: &BlobOptions) -> Result<Self, StoreError> {
        let (store, folder): (Arc<dyn ObjectStore>, _) = match options {
            BlobOptions::Folder(path) => {
                std::fs::create_dir_all(path).map_err(|e| {
                    let folder = path.display();
                    StoreError::Configuration(format!("cannot make the blob folder {folder}: {e}"))
                })?;
                let files = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
                (Arc::new(files), Some(path.clone()))
            }
            BlobOptions::S3(s3) => {
                (Arc::new(PrefixStore::new(open_bucket(s3)?, s3.prefix.as_str())), None)
            }
        };
        Ok(Self { store, folder })
    }

    /// Stores bytes and answers with their name. Durable when it returns. A repeat is a no-op.
    pub async fn put(&self, bytes: impl Into<Bytes>) -> Result<String, StoreError> {
        let bytes = bytes.into();
        let name = name_of(&bytes);
        let path = path_of(&name)?;
        if self.store.head(&path).await.is_ok() {
            return Ok(name);
        }
        self.store.put(&path, bytes.into()).await?;
        Ok(name)
    }

    /// The bytes of a blob.
    pub async fn get(&self, name: &str) -> Result<Bytes, StoreError> {
        Ok(self.store.get(&path_of(name)?).await?.bytes().await?)
    }

    /// Moves a blob aside, where nobody reads it. Doing it again changes nothing.
    pub async fn set_aside(&self, name: &str) -> Result<(), StoreError> {
        match self.store.rename(&path_of(name)?, &aside_of(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves a blob back that is aside, unless it came once more meanwhile.
    pub async fn bring_back(&self, name: &str) -> Result<(), StoreError> {
        if self.store.head(&path_of(name)?).await.is_ok() {
            return self.delete_aside(name).await;
        }
        match self.store.rename(&aside_of(name)?, &path_of(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a blob for good that is aside. Doing it again changes nothing.
    pub async fn delete_aside(&self, name: &str) -> Result<(), StoreError> {
        match self.store.delete(&aside_of(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Fails when the store cannot be reached: for readiness checks.
    pub async fn check(&self) -> Result<(), StoreError> {
        match self.store.head(&path_of(&"0".repeat(64))?).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// In 256 folders: ten million blobs are forty thousand files in each, which file systems of today
/// find as fast as a few, and a folder that is there already costs nothing when a blob is written.
fn path_of(name: &str) -> Result<Path, StoreError> {
    let hex = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    match (hex, name.get(..2)) {
        (true, Some(folder)) => Ok(Path::from(format!("{folder}/{name}"))),
        _ => Err(StoreError::Internal(format!("'{name}' is not the name of a blob"))),
    }
}

/// Where a blob waits that nobody names.
fn aside_of(name: &str) -> Result<Path, StoreError> {
    Ok(Path::from(format!("aside/{}", path_of(name)?)))
}

fn open_bucket(options: &S3Options) -> Result<impl ObjectStore + use<>, StoreError> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&options.bucket)
        .with_region(&options.region)
        .with_access_key_id(&options.access_key)
        .with_secret_access_key(&options.secret_key);
    if let Some(endpoint) = &options.endpoint {
        // Self-hosted stores seldom have a host name per bucket, and may be plain HTTP inside.
        builder = builder
            .with_endpoint(endpoint)
            .with_virtual_hosted_style_request(false)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    builder.build().map_err(|e| StoreError::Configuration(format!("S3 settings: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn blobs_are_named_by_content_and_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&BlobOptions::Folder(folder.path().join("b"))).unwrap();
        let name = blobs.put("merhaba").await.unwrap();
        assert_eq!(blobs.put("merhaba").await.unwrap(), name);
        assert_eq!(blobs.get(&name).await.unwrap(), "merhaba");
        blobs.check().await.unwrap();
        let missing = blobs.get(&"0".repeat(64)).await.unwrap_err();
        assert!(matches!(missing, StoreError::MissingBlob(_)));
        assert!(blobs.get("../../etc/passwd").await.is_err());
    }
}
