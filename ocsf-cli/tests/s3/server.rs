//! An S3 server within the test: real HTTP, real signatures, objects as files of a folder, and faults on demand.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, ETAG, HeaderValue, IF_MATCH};
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) const KEY_ID: &str = "AKIAEXAMPLE";
pub(crate) const SECRET: &str = "hush-this-is-the-secret-key";

/// What a request gets instead of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 503 with the code `SlowDown`.
    SlowDown,
    /// 500.
    Internal,
    /// 403.
    Denied,
    /// The connection ends without an answer.
    Reset,
    /// The connection ends in the middle of the body.
    Truncated,
    /// The answer comes late.
    Slow,
    /// Nothing is done, and the answer never comes.
    Hang,
    /// What was asked for is done, and the answer never comes.
    Mute,
    /// It is done and answered when the faults have ended.
    Held,
    /// It is done, and answered when the faults have ended.
    Late,
}

/// A request as faults are chosen by.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    /// Requests before it.
    pub(crate) number: usize,
}

type Choice = Box<dyn Fn(&Asked) -> Option<Fault> + Send>;

#[derive(Default)]
struct Behaviour {
    choice: Option<Choice>,
    asked: Vec<Asked>,
    faults: usize,
    /// Listings and answers tell a value for each content, and conditions on it are heeded.
    etags: bool,
}

pub(crate) struct Server {
    root: TempDir,
    pub(crate) endpoint: String,
    behaviour: Arc<Mutex<Behaviour>>,
    _runtime: Runtime,
}

impl Server {
    /// A server with these buckets.
    pub(crate) fn new(buckets: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for bucket in buckets {
            fs::create_dir(root.path().join(bucket)).unwrap();
        }
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        let service = service.build();
        let behaviour = Arc::new(Mutex::new(Behaviour::default()));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (dir, shared) = (root.path().to_owned(), Arc::clone(&behaviour));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (service, dir, shared) = (service.clone(), dir.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    let each = service_fn(move |request| {
                        answer(service.clone(), dir.clone(), Arc::clone(&shared), request)
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), each)
                        .await;
                });
            }
        });
        Self { root, endpoint, behaviour, _runtime: runtime }
    }

    /// Listings tell of content, as those of S3 do.
    pub(crate) fn with_etags(self) -> Self {
        self.behaviour.lock().unwrap().etags = true;
        self
    }

    /// Chooses a fault for each request from now on.
    pub(crate) fn inject(&self, choice: impl Fn(&Asked) -> Option<Fault> + Send + 'static) {
        self.behaviour.lock().unwrap().choice = Some(Box::new(choice));
    }

    /// No faults from now on; yields how many there were.
    pub(crate) fn heal(&self) -> usize {
        let mut behaviour = self.behaviour.lock().unwrap();
        behaviour.choice = None;
        std::mem::take(&mut behaviour.faults)
    }

    /// How many faults there were since they began.
    pub(crate) fn faults(&self) -> usize {
        self.behaviour.lock().unwrap().faults
    }

    /// Where an object is kept.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<Asked> {
        std::mem::take(&mut self.behaviour.lock().unwrap().asked)
    }

    /// Puts an object into a bucket, or replaces it.
    pub(crate) fn object(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Makes a bucket what it was when [`tree`](Self::tree) was asked for.
    pub(crate) fn restore(&self, bucket: &str, tree: &BTreeMap<String, Vec<u8>>) {
        fs::remove_dir_all(self.path(bucket)).unwrap();
        fs::create_dir(self.path(bucket)).unwrap();
        for (name, bytes) in tree {
            self.object(&format!("{bucket}/{name}"), bytes);
        }
    }

    /// All objects below a path, by the rest of their keys.
    pub(crate) fn tree(&self, path: &str) -> BTreeMap<String, Vec<u8>> {
        tree(&self.root.path().join(path))
    }

    /// What the server keeps besides objects: parts of unfinished uploads.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.root.path()).unwrap().flatten().map(|entry| entry.path());
        entries
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("upload")))
            .collect()
    }
}

/// Every file below a folder with its bytes, by path; the folder need not be there.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, dir: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, out);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                out.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(root, root, &mut out);
    out
}

async fn answer(
    service: S3Service,
    root: PathBuf,
    behaviour: Arc<Mutex<Behaviour>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, String> {
    let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let asked = {
        let mut behaviour = behaviour.lock().unwrap();
        let asked = Asked { method: request.method().clone(), target, number: behaviour.asked.len() };
        behaviour.asked.push(asked.clone());
        asked
    };
    let (fault, etags) = {
        let mut behaviour = behaviour.lock().unwrap();
        let fault = behaviour.choice.as_ref().and_then(|choice| choice(&asked));
        behaviour.faults += usize::from(fault.is_some());
        (fault, behaviour.etags)
    };
    match fault {
        Some(Fault::Reset) => return Err("reset".to_owned()),
        Some(Fault::SlowDown) => return Ok(refusal(StatusCode::SERVICE_UNAVAILABLE, "SlowDown")),
        Some(Fault::Internal) => return Ok(refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalError")),
        Some(Fault::Denied) => return Ok(refusal(StatusCode::FORBIDDEN, "AccessDenied")),
        Some(Fault::Slow) => tokio::time::sleep(Duration::from_millis(300)).await,
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Held) => until_healed(&behaviour).await,
        Some(Fault::Truncated | Fault::Mute | Fault::Late) | None => {}
    }
    let wanted = request.headers().get(IF_MATCH).cloned();
    let response = Service::call(&service, request).await.map_err(|error| format!("{error:?}"))?;
    let is_gone = response.status() == StatusCode::FORBIDDEN && asked.target.contains("uploadId=");
    let response = if is_gone { refusal(StatusCode::NOT_FOUND, "NoSuchUpload") } else { response };
    let response = if etags { with_etags(&root, &asked, wanted, response).await } else { response };
    match fault {
        Some(Fault::Truncated) => Ok(truncated(response).await),
        Some(Fault::Mute) => std::future::pending().await,
        Some(Fault::Late) => {
            until_healed(&behaviour).await;
            Ok(response)
        }
        _ => Ok(response),
    }
}

async fn until_healed(behaviour: &Mutex<Behaviour>) {
    while behaviour.lock().unwrap().choice.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn refusal(status: StatusCode, code: &str) -> Response<Body> {
    let text =
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Injected.</Message></Error>");
    Response::builder().status(status).body(Body::from(text)).unwrap()
}

/// Half of the body, then the end of the connection.
async fn truncated(response: Response<Body>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half: Result<_, std::io::Error> = Ok(Frame::data(bytes.slice(..bytes.len() / 2)));
    let frames = stream::iter([half, Err(std::io::Error::other("truncated"))]);
    Response::from_parts(head, Body::http_body_unsync(StreamBody::new(frames)))
}

/// What S3 tells and heeds, and this server does not.
async fn with_etags(
    root: &Path,
    asked: &Asked,
    wanted: Option<HeaderValue>,
    response: Response<Body>,
) -> Response<Body> {
    let path = asked.target.split('?').next().unwrap_or_default();
    let is_read = [Method::GET, Method::HEAD].contains(&asked.method);
    if !is_read || !response.status().is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    if asked.target.contains("list-type=2") {
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let mut parts = text.split("</Key>");
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let key = told.rsplit_once("<Key>").map(|(_, key)| key.to_owned()).unwrap_or_default();
            let key = key.replace("&apos;", "'").replace("&quot;", "\"").replace("&amp;", "&");
            let etag = etag(&root.join(path.trim_matches('/')).join(key));
            told = format!("{told}</Key><ETag>{}</ETag>{part}", etag.unwrap_or_default());
        }
        head.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(head, Body::from(told));
    }
    let Some(etag) = etag(&root.join(decoded(path).trim_start_matches('/'))) else {
        return Response::from_parts(head, body);
    };
    if wanted.is_some_and(|wanted| wanted.as_bytes() != etag.as_bytes()) {
        return refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    head.headers.insert(ETAG, HeaderValue::from_str(&etag).unwrap());
    Response::from_parts(head, body)
}

fn etag(path: &Path) -> Option<String> {
    let mut hash = DefaultHasher::new();
    fs::read(path).ok()?.hash(&mut hash);
    Some(format!("\"{:016x}\"", hash.finish()))
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let is_escape = *first == b'%';
        if let (true, [high, low, tail @ ..]) = (is_escape, tail) {
            let hex = String::from_utf8_lossy(&[*high, *low]).into_owned();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap());
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
