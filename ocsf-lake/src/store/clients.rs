//! A client for a bucket, made of its name, the options and the environment.

use std::num::NonZeroUsize;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::multipart::MultipartStore;
use tokio::runtime::Runtime;

use crate::error::LakeError;
use crate::location::BucketName;
#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
use crate::location::Scheme;

/// How buckets are reached. Credentials are no part of it: they come from the environment and from the machine.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoreOptions {
    /// URL of a server that speaks like the store; buckets are then parts of the path. None by default. Only one that begins
    /// with `http://` is spoken to without encryption.
    pub endpoint: Option<String>,
    /// Key of AWS KMS that objects are encrypted with on the server. None by default: what the bucket says.
    pub sse_kms_key: Option<String>,
    /// Who asks pays for requests to S3. Default false.
    pub requester_pays: bool,
    /// Requests that are under way at the same time. Default 16.
    pub concurrency: NonZeroUsize,
    /// A request that fails for a reason that may pass is sent again so often, after waits of 0.1 to 15 seconds. Default 10.
    pub retries: usize,
    /// Files of this many bytes and more are sent in parts. Default 16 MiB.
    pub multipart_bytes: u64,
    /// Bytes of a part, but for the last; S3 wants 5 MiB at least. Larger where there would be too many. Default 8 MiB.
    pub part_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            sse_kms_key: None,
            requester_pays: false,
            concurrency: const { NonZeroUsize::new(16).unwrap() },
            retries: 10,
            multipart_bytes: 16 << 20,
            part_bytes: 8 << 20,
        }
    }
}

/// A client, as the two traits that are needed of it.
pub(super) struct Client {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) multipart: Arc<dyn MultipartStore>,
}

impl Client {
    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    fn of<T: ObjectStore + MultipartStore>(store: T) -> Self {
        let store = Arc::new(store);
        Self { store: Arc::clone(&store) as Arc<dyn ObjectStore>, multipart: store }
    }

    /// A client for `bucket`. Asks AWS for the Region of the bucket where nothing says it.
    #[cfg_attr(not(feature = "s3"), expect(unused_variables, reason = "only S3 is asked where a bucket is"))]
    pub(super) fn connect(
        bucket: &BucketName,
        options: &StoreOptions,
        runtime: &Runtime,
    ) -> Result<Self, LakeError> {
        if let Some(endpoint) = &options.endpoint {
            check_endpoint(endpoint)?;
        }
        match bucket.scheme {
            #[cfg(feature = "s3")]
            Scheme::S3 => s3(bucket, options, runtime),
            #[cfg(feature = "gcs")]
            Scheme::Gcs => gcs(bucket, options),
            #[cfg(feature = "azure")]
            Scheme::Azure => azure(bucket, options),
            #[cfg(not(all(feature = "s3", feature = "gcs", feature = "azure")))]
            _ => Err(LakeError::Location {
                location: bucket.to_string(),
                reason: "this program was built without that kind of store".to_owned(),
            }),
        }
    }
}

fn check_endpoint(endpoint: &str) -> Result<(), LakeError> {
    let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    let wrong = |location: &str, reason: &str| {
        Err(LakeError::Location { location: location.to_owned(), reason: reason.to_owned() })
    };
    match host {
        Some(host) if host.contains('@') => wrong("endpoint", "credentials have no place in a URL"),
        Some(host) if !host.is_empty() => Ok(()),
        _ => wrong(endpoint, "an endpoint begins with `https://` or `http://`"),
    }
}

#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
fn client_options(options: &StoreOptions) -> object_store::ClientOptions {
    let plain = options.endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
    // A part of some MiB over a slow line takes longer than the half minute that is the default.
    let timeout = std::time::Duration::from_secs(120);
    object_store::ClientOptions::default().with_allow_http(plain).with_timeout(timeout)
}

#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
fn retry(options: &StoreOptions) -> object_store::RetryConfig {
    object_store::RetryConfig { max_retries: options.retries, ..object_store::RetryConfig::default() }
}

#[cfg(feature = "s3")]
fn s3(bucket: &BucketName, options: &StoreOptions, runtime: &Runtime) -> Result<Client, LakeError> {
    use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, resolve_bucket_region};

    let connect = || LakeError::remote("connect to", bucket.to_string());
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(&bucket.name);
    let said =
        |builder: &AmazonS3Builder, key| builder.get_config_value(&key).filter(|text| !text.is_empty());
    let endpoint = options.endpoint.clone().or_else(|| said(&builder, AmazonS3ConfigKey::Endpoint));
    let options = StoreOptions { endpoint, ..options.clone() };
    if let Some(endpoint) = &options.endpoint {
        check_endpoint(endpoint)?;
        builder = builder.with_endpoint(endpoint);
    } else if said(&builder, AmazonS3ConfigKey::Region).is_none()
        && said(&builder, AmazonS3ConfigKey::DefaultRegion).is_none()
    {
        let client = client_options(&options);
        let region = runtime.block_on(resolve_bucket_region(&bucket.name, &client));
        builder = builder.with_region(region.map_err(connect())?);
    }
    if let Some(key) = &options.sse_kms_key {
        builder = builder.with_sse_kms_encryption(key);
    }
    builder = builder
        .with_client_options(client_options(&options))
        .with_retry(retry(&options))
        .with_virtual_hosted_style_request(false)
        .with_request_payer(options.requester_pays);
    Ok(Client::of(builder.build().map_err(connect())?))
}

#[cfg(feature = "gcs")]
fn gcs(bucket: &BucketName, options: &StoreOptions) -> Result<Client, LakeError> {
    let mut builder = object_store::gcp::GoogleCloudStorageBuilder::from_env()
        .with_bucket_name(&bucket.name)
        .with_client_options(client_options(options))
        .with_retry(retry(options));
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_base_url(endpoint);
    }
    Ok(Client::of(builder.build().map_err(LakeError::remote("connect to", bucket.to_string()))?))
}

#[cfg(feature = "azure")]
fn azure(bucket: &BucketName, options: &StoreOptions) -> Result<Client, LakeError> {
    let mut builder = object_store::azure::MicrosoftAzureBuilder::from_env()
        .with_container_name(&bucket.name)
        .with_client_options(client_options(options))
        .with_retry(retry(options));
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    Ok(Client::of(builder.build().map_err(LakeError::remote("connect to", bucket.to_string()))?))
}
