//! Models with the files of weights beside them.

use std::fs;
use std::path::Path;

use fathom_network::NetworkError;
use fathom_network::graph::NetworkGraph;
use fathom_network::onnx::{ExternalFiles, read_model};

use crate::command_error::CommandError;

/// Largest number of files beside a model.
const MAX_FILES: usize = 10_000;

/// Reads a model. Files that it names are read from its folder; no path leads out of the folder.
pub(crate) fn read(path: &Path) -> Result<NetworkGraph, CommandError> {
    let bytes = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
    let mut beside: Vec<(String, Vec<u8>)> = Vec::new();
    loop {
        let files = beside
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.as_slice()));
        let file = match read_model(&bytes, &ExternalFiles::new(files)) {
            Err(NetworkError::MissingExternalData { file, .. }) => file,
            read => return read.map_err(|error| CommandError::content(path, error)),
        };
        let name = file.rsplit(['/', '\\']).next().unwrap_or(&file);
        let place = path.with_file_name(name);
        if beside.len() >= MAX_FILES || beside.iter().any(|(known, _)| known == name) {
            return Err(CommandError::content(
                path,
                format!("its weights in {name} cannot be used"),
            ));
        }
        let bytes = fs::read(&place).map_err(|error| CommandError::file(&place, &error))?;
        beside.push((name.to_owned(), bytes));
    }
}
