//! Where a request comes from: network address and browser.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, header::USER_AGENT, request::Parts},
};

/// Proxies on other machines that are believed; a layer puts them beside every request.
#[derive(Debug, Clone, Default)]
pub struct Proxies(pub Arc<[IpAddr]>);

/// The network address of a request; empty when it is not known.
///
/// A proxy on the same machine, or one of [`Proxies`], is believed about whom it speaks for (the last
/// entry of `X-Forwarded-For`, which the proxy itself wrote); anybody else could write that header at will.
pub fn address(headers: &HeaderMap, extensions: &Extensions) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else {
        return String::new();
    };
    let peer = peer.ip().to_canonical();
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?;
        let last = last.to_str().ok()?.rsplit(',').next()?;
        last.trim().parse::<IpAddr>().ok()
    };
    let believed = || {
        peer.is_loopback()
            || extensions
                .get::<Proxies>()
                .is_some_and(|proxies| proxies.0.contains(&peer))
    };
    match forwarded() {
        Some(client) if believed() => client.to_canonical().to_string(),
        _ => peer.to_string(),
    }
}

/// Where a request comes from, for pages open to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Network address; empty when it is not known.
    pub address: String,
    /// Browser and system in two words, for the list of sessions.
    pub browser: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok());
        Ok(Self {
            address: address(&parts.headers, &parts.extensions),
            browser: browser(agent.unwrap_or_default()),
        })
    }
}

/// `WeChat · Android` from what a browser says of itself; empty when nothing is recognised.
fn browser(agent: &str) -> String {
    // The first that fits: most browsers also name those they descend from.
    const BROWSERS: [(&str, &str); 7] = [
        ("MicroMessenger", "WeChat"),
        ("DingTalk", "DingTalk"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
        ("curl", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("OpenHarmony", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |list: [(&str, &'static str); 7]| {
        list.into_iter()
            .find(|(sign, _)| agent.contains(sign))
            .map(|(_, name)| name)
    };
    [find(BROWSERS), find(SYSTEMS)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        extensions.insert(Proxies(Arc::new(["10.0.0.7".parse().unwrap()])));
        address(&headers, &extensions)
    }

    #[test]
    fn only_known_proxies_are_believed() {
        assert_eq!(from("127.0.0.1:9", "6.6.6.6, 10.1.2.3"), "10.1.2.3");
        assert_eq!(from("[::ffff:127.0.0.1]:9", "10.1.2.3"), "10.1.2.3");
        assert_eq!(from("10.0.0.7:9", "10.1.2.3"), "10.1.2.3");
        assert_eq!(from("10.0.0.9:9", "10.1.2.3"), "10.0.0.9");
        assert_eq!(from("127.0.0.1:9", "nonsense"), "127.0.0.1");
    }

    #[test]
    fn browsers_in_two_words() {
        let agent = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/78 Mobile MicroMessenger/7.0";
        assert_eq!(browser(agent), "WeChat · Android");
        assert_eq!(browser("curl/8.5"), "curl");
        assert_eq!(browser(""), "");
    }
}
