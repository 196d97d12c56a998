//! Where the server reads secrets: variables of its environment with a certain prefix, and the files of
//! one folder. Nothing else can be named, so that whoever writes resources cannot ask for the server's
//! own secrets.

use gyre_config::kinds::{SECRET_PREFIX, SecretPlace, SecretRef};
use gyre_ports::{Error, ErrorKind, Result, Secrets};
use std::path::PathBuf;

/// The environment and a folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptSecrets {
    /// The folder, if there is one.
    pub(crate) folder: Option<PathBuf>,
}

impl Secrets for KeptSecrets {
    fn read(&self, secret: &SecretRef) -> Result<String> {
        match secret.place() {
            Some(SecretPlace::Here(text)) => Ok(text.to_owned()),
            Some(SecretPlace::Env(name)) if name.starts_with(SECRET_PREFIX) => {
                std::env::var(name).map_err(|_| missing(format!("the variable {name} is not set")))
            }
            Some(SecretPlace::File(name)) if is_plain(name) => {
                let folder = self.folder.as_ref();
                let folder = folder.ok_or_else(|| missing("there is no folder of secrets"))?;
                let text = std::fs::read_to_string(folder.join(name))
                    .map_err(|why| Error::io(format!("the secret {name} cannot be read"), why))?;
                Ok(text.trim().to_owned())
            }
            _ => Err(Error::new(ErrorKind::Invalid, "a secret names no place, or one not allowed")),
        }
    }
}

fn missing(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::NotFound, what)
}

/// Whether it is a file's name and leads nowhere else.
fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> SecretRef {
        SecretRef { file: Some(name.to_owned()), ..SecretRef::default() }
    }

    #[test]
    fn only_the_folder_and_prefixed_variables_are_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("shop"), "sesame\n").unwrap();
        std::fs::write(folder.path().join(".hidden"), "no").unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let kept = KeptSecrets { folder: Some(folder.path().to_owned()) };
        assert_eq!(kept.read(&file("shop")).unwrap(), "sesame");
        let within = KeptSecrets { folder: Some(inner) };
        for name in ["../shop", "/etc/hostname", ".hidden", "", "nothing"] {
            assert!(within.read(&file(name)).is_err(), "{name}");
        }
        for name in ["PATH", "HOME", "GYRE_DATA"] {
            let secret = SecretRef { env: Some(name.to_owned()), ..SecretRef::default() };
            assert!(kept.read(&secret).is_err(), "{name}");
        }
    }
}
