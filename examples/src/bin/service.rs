//! A web service that runs snippets for tenants who do not know each other.
//!
//! ```text
//! cargo run --release -p hatchery-examples --bin service -- 127.0.0.1:8080
//! curl --data 'print(6 * 7)' http://127.0.0.1:8080/ana/run
//! curl --data 'x = 1'        http://127.0.0.1:8080/ana/sessions/notebook/run
//! curl --data 'print(x)'     http://127.0.0.1:8080/ana/sessions/notebook/run
//! curl http://127.0.0.1:8080/ana
//! ```
//!
//! The tenant's name stands in the path here. A real service takes it from whom it has authenticated.

#![forbid(unsafe_code)]

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hatchery::{AsyncSandbox, Runtime};
use hatchery_pool::{Error, Pool};
use serde_json::json;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
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
        .build()?;
    let service = Router::new()
        .route("/{tenant}", get(account))
        .route("/{tenant}/run", post(run))
        .route("/{tenant}/sessions/{session}/run", post(run_in_session))
        .with_state(pool.clone());

    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, service)
        .with_graceful_shutdown(async {
            // Without a signal to wait for it serves until it is killed.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    let drained = pool.drain(Duration::from_secs(10)).await;
    println!("stored {} sessions", drained.sessions_stored);
    Ok(())
}

/// Runs a snippet in a sandbox that nobody has used.
async fn run(
    State(pool): State<Pool>,
    Path(tenant): Path<String>,
    program: String,
) -> Result<Response, Refused> {
    let mut lease = pool.get(&tenant).await?;
    Ok(execute(&mut lease, program).await)
}

/// Runs a snippet in a session, which remembers.
async fn run_in_session(
    State(pool): State<Pool>,
    Path((tenant, session)): Path<(String, String)>,
    program: String,
) -> Result<Response, Refused> {
    let mut session = pool.session(&tenant, &session).await?;
    Ok(execute(&mut session, program).await)
}

/// What the tenant has used.
async fn account(State(pool): State<Pool>, Path(tenant): Path<String>) -> Response {
    match pool.tenant_status(&tenant) {
        None => (
            StatusCode::NOT_FOUND,
            "nobody by that name has run anything",
        )
            .into_response(),
        Some(status) => Json(json!({
            "runs": status.runs,
            "cpu_seconds": status.cpu_time.as_secs_f64(),
            "memory_bytes_max": status.private_bytes_max,
        }))
        .into_response(),
    }
}

async fn execute(sandbox: &mut AsyncSandbox, program: String) -> Response {
    match sandbox.execute(program).await {
        // A Python exception is a result like any other.
        Ok(output) => Json(json!({
            "stdout": output.stdout_text(),
            "stderr": output.stderr_text(),
            "exit_code": output.exit_code,
        }))
        .into_response(),
        Err(error) => {
            let printed = error
                .output()
                .map(|output| output.stdout_text().into_owned());
            let told = json!({ "error": error.to_string(), "stdout": printed });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(told)).into_response()
        }
    }
}

/// The pool's errors, as a client understands them.
struct Refused(Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0 {
            Error::Timeout { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Name(_) => StatusCode::BAD_REQUEST,
            Error::Closed => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.0.to_string()).into_response()
    }
}
