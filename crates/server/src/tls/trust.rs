//! The page that explains how a phone comes to trust this deployment's own authority.

use accounts::{Allow, Routes};
use askama::Template;
use axum::{
    Extension,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kit::Problem;
use shell::{Page, problem::Answer};

use super::local::Authority;

/// The routes; open to everybody: what they give away is public.
pub fn routes() -> Routes {
    Routes::new()
        .get("/trust", Allow::Everyone, show)
        .get("/trust/authority.crt", Allow::Everyone, certificate)
        .get("/trust/authority.mobileconfig", Allow::Everyone, profile)
}

#[derive(Template)]
#[template(path = "trust.html")]
struct TrustPage {
    page: Page,
    title: String,
    name: String,
    fingerprint: String,
    address: String,
    qr: String,
    systems: [&'static str; 5],
}

fn host(headers: &HeaderMap) -> &str {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost")
}

async fn show(page: Page, authority: Option<Extension<Authority>>, headers: HeaderMap) -> Answer {
    let Extension(authority) = authority.ok_or_else(Problem::not_found)?;
    let address = format!("http://{}/trust", host(&headers));
    Ok(Page::draw(&TrustPage {
        title: page.t("trust-title"),
        name: authority.name().to_owned(),
        fingerprint: authority.fingerprint(),
        qr: muster::invitation::picture(&address)?,
        address,
        systems: ["android", "harmony", "apple", "windows", "mac"],
        page,
    })?)
}

async fn certificate(authority: Option<Extension<Authority>>) -> Answer {
    let Extension(authority) = authority.ok_or_else(Problem::not_found)?;
    Ok(file(
        "application/x-x509-ca-cert",
        "fangxian.crt",
        authority.certificate().to_vec(),
    ))
}

fn file(kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}

async fn profile(authority: Option<Extension<Authority>>) -> Answer {
    let Extension(authority) = authority.ok_or_else(Problem::not_found)?;
    // The same authority gives the same profile, so that installing it again replaces it.
    let id = |n: u8| {
        let mut bytes = [n; 16];
        bytes[..15].copy_from_slice(&authority.certificate()[authority.certificate().len() - 15..]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
    };
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>fangxian.authority</string><key>PayloadUUID</key><string>{}</string>
<key>PayloadDisplayName</key><string>{}</string>
<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.security.root</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>fangxian.authority.root</string><key>PayloadUUID</key><string>{}</string>
<key>PayloadDisplayName</key><string>{}</string>
<key>PayloadContent</key><data>{}</data>
</dict></array></dict></plist>
"#,
        id(1),
        authority.name(),
        id(2),
        authority.name(),
        BASE64_STANDARD.encode(authority.certificate())
    );
    Ok(file(
        "application/x-apple-aspen-config",
        "fangxian.mobileconfig",
        text.into_bytes(),
    ))
}
