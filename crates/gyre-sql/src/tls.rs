//! The certificate that connections are encrypted with.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Why connections cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificates in PEM.
    #[error("{path} has no certificate in PEM")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What went wrong, if anything did.
        #[source]
        source: Option<rustls::pki_types::pem::Error>,
    },
    /// No private key in PEM.
    #[error("{path} has no private key in PEM")]
    Key {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// They do not go together.
    #[error("the certificate and its key cannot be used")]
    Pair(#[source] rustls::Error),
}

/// Encrypts connections.
#[derive(Clone)]
pub struct Tls(pub(crate) TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// With a chain of certificates and a private key, both in PEM.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let of = |source| TlsError::Certificate { path: certificate.to_owned(), source };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|why| of(Some(why)))?;
        if chain.is_empty() {
            return Err(of(None));
        }
        let key = PrivateKeyDer::from_pem_file(key)
            .map_err(|source| TlsError::Key { path: key.to_owned(), source })?;
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Pair)?;
        // Clients that begin with TLS at once say what they want to speak.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
