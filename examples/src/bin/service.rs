//! A web service that runs snippets for tenants who do not know each other.
//!
//! ```text
//! head -c 32 /dev/urandom > service.key
//! cargo run --release -p hatchery-examples --bin service -- 127.0.0.1:8080 sessions service.key
//!
//! curl --data 'print(6 * 7)' http://127.0.0.1:8080/ana/run
//! curl --data 'x = 1'        http://127.0.0.1:8080/ana/sessions/notebook/run
//! curl --data 'print(x)'     http://127.0.0.1:8080/ana/sessions/notebook/run
//! curl -X DELETE             http://127.0.0.1:8080/ana/sessions/notebook
//! curl http://127.0.0.1:8080/ana
//! ```
//!
//! Sessions are kept in a folder, here `sessions`, and outlast the service. A stored session is code: the key in the
//! file, 32 random bytes, vouches that the service wrote it. Whoever has the key can forge sessions, and without it they
//! are lost.

#![forbid(unsafe_code)]

use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use hatchery::{Error, Output, Runtime};
use hatchery_pool::{FolderStore, Pool};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Who may use the service. The pool remembers everybody who has, so that names out of any request would fill it.
const TENANTS: [&str; 2] = ["ana", "ben"];
/// Each may have so many sessions.
const SESSIONS_MAX: usize = 20;
/// What clients have of the ten seconds that containers usually have to stop. Longer than a run may take.
const CLIENTS_TIMEOUT: Duration = Duration::from_secs(6);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder, key_file] = &arguments[..] else {
        return Err("usage: service ADDRESS SESSIONS_FOLDER KEY_FILE".into());
    };
    let key = std::fs::read(key_file)?;
    let key: [u8; 32] = key.try_into().map_err(|_| "a key has 32 bytes")?;
    let runtime = Runtime::new()?;
    let sandbox = runtime
        .sandbox_builder()
        .timeout(Duration::from_secs(5))
        .cpu_time(Duration::from_secs(2))
        .max_memory_bytes(128 << 20)
        .max_output_bytes(64 << 10);
    let pool = Pool::builder(sandbox)
        .max_size(500)
        .min_idle(4)
        .tenant_max_leases(20)
        .acquire_timeout(Duration::from_secs(2))
        .store(FolderStore::open(folder)?)
        .session_key(key)
        .build()?;
    let service = Router::new()
        .route("/{tenant}", get(account))
        .route("/{tenant}/run", post(run))
        .route("/{tenant}/sessions/{session}/run", post(run_in_session))
        .route("/{tenant}/sessions/{session}", delete(forget_session))
        .with_state(pool.clone());

    let listener = tokio::net::TcpListener::bind(address).await?;
    let (stop, stop_clients) = (asked_to_stop()?, asked_to_stop()?);
    println!("listening on {}", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(stop) => served?,
        // A client that takes its time shall not cost the others their sessions.
        () = async { stop_clients.await; tokio::time::sleep(CLIENTS_TIMEOUT).await } => {}
    }
    let drained = pool.drain(DRAIN_TIMEOUT).await;
    println!("stored {} sessions", drained.sessions_stored);
    if drained.leases_out > 0 {
        eprintln!("cut {} runs off", drained.leases_out);
    }
    for failure in &drained.failures {
        eprintln!("{failure}: {failure:?}");
    }
    match drained.failures.len() {
        0 => Ok(()),
        lost => Err(format!("{lost} sessions are not stored").into()),
    }
}

/// Waits for Ctrl-C, or for SIGTERM, by which containers are stopped.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Who asks. The path says so here: a real service looks at a token or a cookie in this place, and nowhere else.
struct Tenant(String);

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let name = path.ok().and_then(|mut path| path.remove("tenant"));
        let known = name.filter(|name| TENANTS.contains(&name.as_str()));
        known
            .map(Self)
            .ok_or_else(|| Refused::new(StatusCode::NOT_FOUND, "no such tenant"))
    }
}

/// Runs a snippet in a sandbox in the golden state.
async fn run(
    State(pool): State<Pool>,
    Tenant(tenant): Tenant,
    program: String,
) -> Result<Response, Refused> {
    let mut lease = pool.get(&tenant).await?;
    answer(lease.execute(program).await)
}

/// Runs a snippet in a session, which remembers.
async fn run_in_session(
    State(pool): State<Pool>,
    Tenant(tenant): Tenant,
    Path((_, session)): Path<(String, String)>,
    program: String,
) -> Result<Response, Refused> {
    let sessions = pool.sessions(&tenant).await?;
    if sessions.len() >= SESSIONS_MAX && !sessions.contains(&session) {
        return Err(Refused::new(
            StatusCode::CONFLICT,
            "too many sessions: delete one",
        ));
    }
    let mut session = pool.session(&tenant, &session).await?;
    answer(session.execute(program).await)
}

/// Ends a session for good.
async fn forget_session(
    State(pool): State<Pool>,
    Tenant(tenant): Tenant,
    Path((_, session)): Path<(String, String)>,
) -> Result<StatusCode, Refused> {
    match pool.session(&tenant, &session).await {
        Ok(session) => session.forget().await?,
        // Of an older snapshot, say.
        Err(hatchery_pool::Error::Wake { .. }) => {
            pool.forget_session(&tenant, &session).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What the tenant has used.
async fn account(State(pool): State<Pool>, Tenant(tenant): Tenant) -> Response {
    let status = pool.tenant_status(&tenant);
    Json(json!({
        "runs": status.map_or(0, |status| status.runs),
        "cpu_seconds": status.map_or(0.0, |status| status.cpu_time.as_secs_f64()),
        "memory_bytes_max": status.map_or(0, |status| status.private_bytes_max),
    }))
    .into_response()
}

/// What a client is told of a run.
fn answer(ran: Result<Output, Error>) -> Result<Response, Refused> {
    let (stopped, output) = match ran {
        // A Python exception is a result like any other.
        Ok(output) => (None, output),
        Err(error) => {
            let why = match &error {
                Error::Timeout { limit, .. } => format!("stopped after {limit:?}"),
                Error::CpuTime { limit, .. } => format!("stopped after {limit:?} of computing"),
                Error::Trap { reason, .. } => format!("Python crashed: {reason}"),
                Error::NulByte { .. } | Error::TooLong { .. } => error.to_string(),
                Error::NoMemory => "no memory is left: delete the session".to_owned(),
                _ => return Err(Refused::by_us(&error)),
            };
            (Some(why), error.output().cloned().unwrap_or_default())
        }
    };
    let status = match stopped {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let told = json!({
        "stopped": stopped,
        "exit_code": status.is_success().then_some(output.exit_code),
        "stdout": output.stdout_text(),
        "stderr": output.stderr_text(),
        "is_truncated": output.is_truncated(),
    });
    Ok((status, Json(told)).into_response())
}

/// Why there is no answer, as a client understands it.
struct Refused(StatusCode, String);

impl Refused {
    fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self(status, why.into())
    }

    /// It is the service's own fault: the details are for its log.
    fn by_us(error: &dyn std::error::Error) -> Self {
        eprintln!("{error}: {error:?}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service failed")
    }
}

impl From<hatchery_pool::Error> for Refused {
    fn from(error: hatchery_pool::Error) -> Self {
        use hatchery_pool::Error;
        match error {
            Error::Timeout { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, "busy: try again"),
            Error::Name(why) => Self::new(StatusCode::BAD_REQUEST, why.to_string()),
            Error::Closed => Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting down"),
            error => Self::by_us(&error),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}
