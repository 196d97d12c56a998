//! Where a request came from, and where this server is for whoever sent it.

use crate::app::Server;
use axum::extract::ConnectInfo;
use axum::http::header::{HOST, ORIGIN, REFERER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender {
    /// The client's address.
    pub(crate) ip: Option<IpAddr>,
    /// The origin of the page, as the browser says.
    pub(crate) origin: Option<String>,
    /// Global Privacy Control: the browser objects to its data being sold or shared.
    pub(crate) gpc: bool,
}

const GPC: HeaderName = HeaderName::from_static("sec-gpc");

impl Sender {
    /// Where a request came from. `X-Forwarded-For` counts where whoever is connected is on this
    /// machine or in a private network, so a proxy of ours: anybody can write one.
    pub(crate) fn of(parts: &Parts) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip().to_canonical());
        let forwarded = || {
            let list = text(&parts.headers, &HeaderName::from_static("x-forwarded-for"))?;
            // The last that is not a proxy of ours: what is before it anybody may have written.
            let mut hops = list.rsplit(',').filter_map(|hop| parse(hop.trim()));
            hops.find(|hop| !is_ours(*hop))
        };
        let ip = match peer {
            Some(peer) if is_ours(peer) => forwarded().or(Some(peer)),
            other => other,
        };
        let origin = text(&parts.headers, &ORIGIN).map(str::to_owned).or_else(|| {
            // Images say only which page they are on.
            text(&parts.headers, &REFERER).and_then(origin_of).map(str::to_owned)
        });
        let gpc = parts.headers.get(GPC).is_some_and(|value| value == "1");
        Self { ip, origin, gpc }
    }
}

/// An address, perhaps with a port, as proxies write it.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').split(']').next().unwrap_or(hop);
    bare.parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|ip| ip.to_canonical())
}

fn is_ours(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Scheme, host and port of an address.
fn origin_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    address.get(..scheme.len() + 3 + host)
}

/// Where this server is: scheme, and host with what may come before our paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    pub(crate) scheme: String,
    pub(crate) host: String,
}

impl Here {
    /// As the server was told when it started, else as the client called it.
    pub(crate) fn of(server: &Server, headers: &HeaderMap) -> Self {
        if let Some((scheme, host)) =
            server.app.collection.public_url.as_deref().and_then(|url| url.split_once("://"))
        {
            let host = host.trim_end_matches('/').to_owned();
            return Self { scheme: scheme.to_owned(), host };
        }
        let host = text(headers, &HOST).filter(|host| is_host(host)).unwrap_or("localhost");
        let forwarded = text(headers, &HeaderName::from_static("x-forwarded-proto"));
        // Of several proxies the first is the one that clients see.
        let seen = forwarded.and_then(|list| list.split(',').next()).map(str::trim);
        let secure = seen.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let scheme = if secure { "https" } else { "http" };
        Self { scheme: scheme.to_owned(), host: host.to_owned() }
    }

    /// The address without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }
}

/// A host goes into scripts that people paste: nothing that could end a text.
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::Sender;
    use axum::extract::ConnectInfo;
    use axum::http::Request;
    use std::net::SocketAddr;

    fn check(peer: &str, forwarded: &str, wanted: &str) {
        let mut request = Request::builder().header("x-forwarded-for", forwarded).body(()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, ()) = request.into_parts();
        assert_eq!(Sender::of(&parts).ip.unwrap().to_string(), wanted, "{peer} {forwarded}");
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        check("127.0.0.1:9", "203.0.113.7", "203.0.113.7");
        check("10.0.0.2:9", "198.51.100.1, 203.0.113.7, 10.0.0.3", "203.0.113.7");
        check("10.0.0.2:9", "nonsense, [2001:db8::7]:443", "2001:db8::7");
        check("10.0.0.2:9", "203.0.113.7:4711", "203.0.113.7");
        check("10.0.0.2:9", "nonsense", "10.0.0.2");
        check("203.0.113.9:9", "198.51.100.1", "203.0.113.9");
        check("[::ffff:203.0.113.9]:9", "198.51.100.1", "203.0.113.9");
    }

    #[test]
    fn a_page_is_known_by_its_origin_or_its_address() {
        let origin = |name: &str, value: &str| {
            let request = Request::builder().header(name, value).body(()).unwrap();
            Sender::of(&request.into_parts().0).origin
        };
        let shop = Some("https://shop.example:8443".to_owned());
        assert_eq!(origin("origin", "https://shop.example:8443"), shop);
        assert_eq!(origin("referer", "https://shop.example:8443/cart?x=1"), shop);
        assert_eq!(origin("referer", "https://shop.example:8443"), shop);
        assert_eq!(origin("referer", "shop.example"), None);
    }
}
