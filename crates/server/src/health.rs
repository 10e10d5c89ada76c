//! Is it alive, is it ready, how is it doing; and a log line for every request, without personal data.

use std::{
    sync::{LazyLock, OnceLock},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shell::App;
use tracing::Span;

use crate::House;

/// The process's metrics; installed once, before anything is counted.
pub fn metrics() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0])
                .ok()?
                .install_recorder()
                .ok()
        })
        .as_ref()
}

/// `/healthz`, `/readyz`, `/metrics`, `/api/openapi.json`.
pub fn routes(house: House) -> Router<App> {
    let description = crate::house::openapi();
    let ready = house.clone();
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(move || readyz(ready.clone())))
        .route("/metrics", get(move || async move { scrape(&house) }))
        .route(
            "/api/openapi.json",
            get(move || async move { Json(description.clone()) }),
        )
}

async fn readyz(house: House) -> Response {
    match house.app.store.ping().await {
        Ok(()) => "ready".into_response(),
        Err(problem) => {
            tracing::warn!(error = %problem, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

/// Sums up what was measured from time to time, also when nobody scrapes: it would pile up. Never returns.
pub async fn upkeep() {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        if let Some(handle) = metrics() {
            handle.run_upkeep();
        }
    }
}

fn scrape(house: &House) -> Response {
    metrics::gauge!("fangxian_records_waiting").set(f64::from(
        i32::try_from(house.field.waiting()).unwrap_or(i32::MAX),
    ));
    match metrics() {
        Some(handle) => {
            handle.run_upkeep();
            ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// A span for a request: its method and the pattern of its route, never the path, which may hold a name. The route is known
/// further in, where `accounts::routes` looks who may use it.
pub fn span(request: &Request) -> Span {
    tracing::debug_span!("request", method = %request.method(), route = tracing::field::Empty)
}

/// Looked up once: every answer is counted.
static SECONDS: LazyLock<metrics::Histogram> = LazyLock::new(|| metrics::histogram!("fangxian_http_seconds"));
static ANSWERS: LazyLock<[metrics::Counter; 4]> = LazyLock::new(|| {
    ["2xx", "3xx", "4xx", "5xx"].map(|class| metrics::counter!("fangxian_http_total", "status" => class))
});

/// Counts and times an answer.
pub fn measure(response: &Response, took: Duration) {
    SECONDS.record(took.as_secs_f64());
    let class = usize::from(response.status().as_u16() / 100);
    ANSWERS[class.clamp(2, 5) - 2].increment(1);
    tracing::debug!(
        status = response.status().as_u16(),
        millis = took.as_millis(),
        "answered"
    );
}
