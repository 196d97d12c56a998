//! How the channel is set up, and what is refused at once.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use std::fmt;
use std::time::Duration;
use url::{Host, Url};

/// How to reach the mail server.
#[derive(Clone)]
pub struct Options {
    /// `smtp://host[:25]` (plain), `smtp://[user:password@]host[:587]?tls=required` (STARTTLS, and
    /// nothing is sent if the server does not offer it) or `smtps://[user:password@]host[:465]` (TLS
    /// from the start). User and password are percent-encoded. May hold a secret: not in `Debug`.
    pub url: String,
    /// Who it is from, for example `Shop <shop@example.com>`. Its domain also ends the `Message-ID`.
    pub from: String,
    /// At most so many connections, and so many messages under way at once.
    pub connections: usize,
    /// How long to wait for each of: the connection, the envelope, the text with its last reply.
    pub timeout: Duration,
    /// One more certificate to trust (PEM), beside those of the operating system.
    pub root_certificate: Option<Vec<u8>>,
}

impl Options {
    /// Eight connections, one minute of patience, the certificates of the operating system.
    pub fn new(url: impl Into<String>, from: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            from: from.into(),
            connections: 8,
            timeout: Duration::from_mins(1),
            root_certificate: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("from", &self.from)
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Options that cannot be used. Holds no part of the URL but its scheme: the rest may be secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a URL.
    #[error("the mail server's address is not a url")]
    Url(#[from] url::ParseError),
    /// Another protocol.
    #[error("the mail server's url begins with {scheme}:, not with smtp: or smtps:")]
    Scheme {
        /// What it begins with.
        scheme: String,
    },
    /// No host in it.
    #[error("the mail server's url names no host")]
    Host,
    /// Something behind `?` that is not `tls=required`, or behind the host that is no path.
    #[error("the mail server's url ends with what is not `?tls=required`")]
    Parameter,
    /// A name or password that is not percent-encoded text.
    #[error("the mail server's user or password is not percent-encoded text")]
    Login,
    /// A password that would go over the network in the clear.
    #[error("a password needs smtps: or ?tls=required unless the mail server is on this machine")]
    PlainLogin,
    /// Not a mailbox.
    #[error("the sender is not of the form `Name <name@domain>`")]
    From,
    /// No connection is no channel.
    #[error("the number of connections is zero")]
    Connections,
    /// The certificate, or what TLS needs on this machine.
    #[error("tls cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// What protects the connection.
pub(super) enum Security {
    None,
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

/// Options that can be used.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<Credentials>,
    pub(super) from: Mailbox,
    pub(super) connections: usize,
    pub(super) timeout: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Server {
    pub(super) fn of(options: &Options) -> Result<Self, Error> {
        if options.connections == 0 {
            return Err(Error::Connections);
        }
        let from: Mailbox = options.from.parse().map_err(|_| Error::From)?;
        let url = Url::parse(&options.url)?;
        let wrapped = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            scheme => return Err(Error::Scheme { scheme: scheme.to_owned() }),
        };
        let host = match url.host().ok_or(Error::Host)? {
            Host::Domain("") => return Err(Error::Host),
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let required = match (url.query(), url.path(), url.fragment()) {
            (None, "" | "/", None) => false,
            (Some("tls=required"), "" | "/", None) => true,
            _ => return Err(Error::Parameter),
        };
        let login = login(&url)?;
        if login.is_some() && !wrapped && !required && !is_local(&host) {
            return Err(Error::PlainLogin);
        }
        let (security, port) = if wrapped {
            (Security::Tls(tls(&host, options)?), 465)
        } else if required {
            (Security::StartTls(tls(&host, options)?), 587)
        } else {
            (Security::None, 25)
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            security,
            login,
            from,
            connections: options.connections,
            timeout: options.timeout,
        })
    }
}

fn login(url: &Url) -> Result<Option<Credentials>, Error> {
    let decode = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.map(std::borrow::Cow::into_owned).map_err(|_| Error::Login)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, password) => {
            Ok(Some(Credentials::new(decode(user)?, decode(password.unwrap_or_default())?)))
        }
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn tls(host: &str, options: &Options) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = &options.root_certificate {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(Error::Tls)?);
    }
    builder.build().map_err(Error::Tls)
}
