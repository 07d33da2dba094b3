//! Blobs in an S3-compatible store, against a real server.

use throughline_store::{BlobOptions, Blobs, S3Options, StoreError};

fn s3() -> Option<S3Options> {
    let url = std::env::var("THROUGHLINE_TEST_S3").ok();
    let ci = std::env::var("CI").as_deref() == Ok("true");
    assert!(url.is_some() || !ci, "THROUGHLINE_TEST_S3 is not set");
    let url = url?;
    let (endpoint, bucket) = url.rsplit_once('/').expect("an endpoint and a bucket");
    Some(S3Options {
        bucket: bucket.to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        access_key: "S3RVER".to_owned(),
        secret_key: "S3RVER".to_owned(),
        prefix: "tests/blobs".to_owned(),
    })
}

#[tokio::test]
async fn blobs_are_kept_in_a_bucket_under_their_hash() {
    let Some(options) = s3() else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let blobs = Blobs::open(&BlobOptions::S3(options)).expect("opens");
    blobs.check().await.expect("reachable");
    let big: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    let name = blobs.put(big.clone()).await.expect("kept");
    assert_eq!(blobs.put(big.clone()).await.expect("kept once"), name);
    assert_eq!(blobs.get(&name).await.expect("there"), big);
    let missing = blobs.get(&throughline_store::blob_name_of(b"never put")).await;
    assert!(matches!(missing, Err(StoreError::MissingBlob(_))), "{missing:?}");
}

#[tokio::test]
async fn a_bucket_that_cannot_be_reached_is_said_to_be() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = S3Options {
        bucket: "b".into(),
        region: "us-east-1".into(),
        // Port 9 on loopback: nobody listens.
        endpoint: Some("http://127.0.0.1:9".into()),
        access_key: "key".into(),
        secret_key: "very secret".into(),
        prefix: String::new(),
    };
    assert!(!format!("{options:?}").contains("very secret"));
    let blobs = Blobs::open(&BlobOptions::S3(options)).expect("opens lazily");
    let error = blobs.check().await.expect_err("unreachable");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}
