//! Looks for texts in everything a data folder holds, decoded: columns of Parquet files, pairs of the fold,
//! values of the state's tables, and the bytes of every file besides.

use crate::faults::copy;
use crate::webhooks::python;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Zeros are left out in blocks of that many bytes.
const BLOCK: usize = 4_096;
const ZEROS: [u8; BLOCK] = [0; BLOCK];

/// What is looked for: a name for it, and its bytes in every form it may have.
pub(crate) struct Needle {
    pub(crate) name: &'static str,
    pub(crate) forms: Vec<Vec<u8>>,
}

impl Needle {
    /// A text, in the case it was given and in lower case.
    pub(crate) fn text(name: &'static str, text: &str) -> Self {
        let lower = text.to_lowercase();
        Self { name, forms: vec![text.as_bytes().to_vec(), lower.into_bytes()] }
    }

    /// An id, as hexadecimal digits and as bytes.
    pub(crate) fn id(name: &'static str, hex: &str) -> Self {
        Self { name, forms: vec![hex.as_bytes().to_vec(), bytes(hex)] }
    }

    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    }
}

/// What hexadecimal digits say.
fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|place| u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).unwrap())
        .collect()
}

/// By store, what was found in it.
pub(crate) type Finds = BTreeMap<String, BTreeSet<&'static str>>;

/// Looks through a data folder whose server does not run.
pub(crate) fn scan(data: &Path, needles: &[Needle]) -> Finds {
    let mut finds = Finds::new();
    for path in files(data) {
        let inside = path.strip_prefix(data).unwrap();
        let store = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let store = if store.starts_with("state.db") { "state".to_owned() } else { store };
        let mut bytes = std::fs::read(&path).unwrap();
        // What is only reserved at the end of a file is zeros, and most of the folder.
        let used = bytes.chunks(BLOCK).rposition(|block| *block != ZEROS[..block.len()]);
        bytes.truncate(used.map_or(0, |last| (last + 1) * BLOCK));
        note(&mut finds, &store, needles, &bytes);
        if path.extension().is_some_and(|extension| extension == "parquet") {
            let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
            let mut text = String::new();
            for row in reader.get_row_iter(None).unwrap() {
                text.push_str(&row.unwrap().to_string());
            }
            note(&mut finds, &store, needles, text.as_bytes());
        }
        if store == "journal" {
            // Payloads are JSON: what is escaped there is the same text.
            let text = String::from_utf8_lossy(&bytes).replace("\\u0040", "@");
            note(&mut finds, &store, needles, text.as_bytes());
        }
    }
    for text in values(data) {
        note(&mut finds, "state", needles, &text);
    }
    // Its blocks are compressed, so the pairs are read as the server reads them; on a copy, since opening
    // changes files.
    let folder = tempfile::tempdir().unwrap();
    let fold = folder.path().join("fold");
    copy(&data.join("fold"), &fold);
    let database = fjall::Database::builder(&fold).open().unwrap();
    for name in database.list_keyspace_names() {
        let keyspace = database.keyspace(&name, Default::default).unwrap();
        for pair in keyspace.iter() {
            let (key, value) = pair.into_inner().unwrap();
            note(&mut finds, "fold", needles, &[&key[..], &value[..]].concat());
        }
    }
    finds
}

/// Prints every value of every table, one a line, as hexadecimal digits: a long one lies on several pages, so
/// the bytes of the file do not show it whole.
const DUMP: &str = "\
import sqlite3, sys
state = sqlite3.connect(sys.argv[1])
state.text_factory = bytes
for (table,) in state.execute(\"select name from sqlite_master where type = 'table'\").fetchall():
    for row in state.execute('select * from \"' + table.decode() + '\"'):
        for value in row:
            if value is not None:
                print((value if isinstance(value, bytes) else str(value).encode()).hex())
";

/// All values in the state's tables; read from a copy, since opening changes files.
fn values(data: &Path) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut state = None;
    for entry in std::fs::read_dir(data).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if name.to_string_lossy().starts_with("state.db") && path.is_file() {
            std::fs::copy(&path, folder.path().join(&name)).unwrap();
            state = Some(folder.path().join("state.db"));
        }
    }
    let state = state.expect("a data folder has a state");
    let dump = python(DUMP, &[state.to_str().unwrap()]);
    let values: Vec<Vec<u8>> = dump.lines().map(bytes).collect();
    assert!(values.len() > 10, "the state's tables have rows");
    values
}

fn note(finds: &mut Finds, store: &str, needles: &[Needle], bytes: &[u8]) {
    let found = needles.iter().filter(|needle| needle.is_in(bytes)).map(|needle| needle.name);
    let found: Vec<_> = found.collect();
    if !found.is_empty() {
        finds.entry(store.to_owned()).or_default().extend(found);
    }
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
