//! The files of the UI, as they were built in.

/// Name and content, by name.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file, perhaps compressed too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File {
    pub(crate) plain: &'static [u8],
    pub(crate) brotli: Option<&'static [u8]>,
}

/// The file of a name.
pub(crate) fn find(name: &str) -> Option<File> {
    let plain = content(name)?;
    // What is there for compression is no page of its own.
    (!has_extension(name, "br")).then(|| File { plain, brotli: content(&format!("{name}.br")) })
}

fn content(name: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by_key(&name, |(one, _)| one).ok()?;
    FILES.get(at).map(|(_, bytes)| *bytes)
}

/// All names, for tests.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// Whether a file's name ends in an extension; the names are those that the build gave.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own == extension)
}
