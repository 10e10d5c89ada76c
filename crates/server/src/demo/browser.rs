//! A browser or phone of the story: sends requests to the finished router, in the process.

use axum::{
    Router,
    body::Body,
    http::{
        Method, Request, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, LOCATION},
    },
};
use kit::{Problem, Result};
use serde_json::Value;
use tower::ServiceExt;

use crate::House;

/// Somebody's browser, signed in.
pub struct Browser {
    router: Router,
    token: String,
}

impl Browser {
    /// Of the holder of this token.
    pub fn new(house: &House, token: String) -> Self {
        Self {
            router: house.router(),
            token,
        }
    }

    /// Sends a form; returns where it leads. Anything but a redirect is an error of the demonstration.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Result<String> {
        let body = serde_urlencoded::to_string(fields).map_err(Problem::internal)?;
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .map_err(Problem::internal)?;
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .map_err(Problem::internal)?;
        if response.status() != StatusCode::SEE_OTHER {
            let status = response.status();
            let page = axum::body::to_bytes(response.into_body(), 1 << 20)
                .await
                .map_err(Problem::internal)?;
            let text = String::from_utf8_lossy(&page);
            let note = text
                .split("alert-danger")
                .nth(1)
                .unwrap_or(&text)
                .chars()
                .take(300)
                .collect::<String>();
            return Err(Problem::internal(format!(
                "demonstration: {path} answered {status}: {note}"
            )));
        }
        let to = response
            .headers()
            .get(LOCATION)
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default();
        Ok(to.split('?').next().unwrap_or_default().to_owned())
    }

    /// Sends records as a phone does; every one of them must be accepted.
    pub async fn records(&self, records: &[Value]) -> Result<()> {
        for some in records.chunks(100) {
            let body = serde_json::json!({ "records": some }).to_string();
            let request = self
                .request(Method::POST, "/api/field/records")
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body))
                .map_err(Problem::internal)?;
            let response = self
                .router
                .clone()
                .oneshot(request)
                .await
                .map_err(Problem::internal)?;
            let bytes = axum::body::to_bytes(response.into_body(), 1 << 24)
                .await
                .map_err(Problem::internal)?;
            let answer: Value = serde_json::from_slice(&bytes).map_err(Problem::internal)?;
            let answers = answer["answers"].as_array().cloned().unwrap_or_default();
            let refused = answers.iter().find(|answer| answer["status"] != "accepted");
            if answers.len() != some.len() || refused.is_some() {
                return Err(Problem::internal(format!(
                    "demonstration: records refused: {refused:?} {answer}"
                )));
            }
        }
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }
}
