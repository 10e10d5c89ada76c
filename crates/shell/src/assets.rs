//! Static files, built from `web/` and carried in the binary: nothing is fetched at run time.

use axum::{
    Router,
    extract::Path,
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::App;

#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Files;

/// A built file, e.g. a font for the PDF maker.
pub fn file(path: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Files::get(path).map(|file| file.data)
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/assets/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move { serve(&path, &headers) }),
        )
        .route(
            "/sw.js",
            get(|headers: HeaderMap| async move { serve("sw.js", &headers) }),
        )
        .route(
            "/manifest.webmanifest",
            get(|headers: HeaderMap| async move { serve("manifest.webmanifest", &headers) }),
        )
        .route(
            "/favicon.ico",
            get(|headers: HeaderMap| async move { serve("favicon.svg", &headers) }),
        )
}

fn serve(path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = Files::get(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = tag(&file);
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|seen| seen.as_bytes() == tag.as_bytes())
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let kind = if path.ends_with(".webmanifest") {
        "application/manifest+json".to_owned()
    } else {
        file.metadata.mimetype().to_owned()
    };
    // Chunks carry a hash in their name; the entries are asked about again, which costs a 304.
    let cache = if path.starts_with("chunks/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [
            (CONTENT_TYPE, kind),
            (CACHE_CONTROL, cache.to_owned()),
            (ETAG, tag),
        ],
        file.data,
    )
        .into_response()
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let short: [u8; 16] = std::array::from_fn(|i| hash[i]);
    format!("\"{:032x}\"", u128::from_be_bytes(short))
}
