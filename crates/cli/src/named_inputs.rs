//! Further inputs of a network from `--input NAME=VALUES` and `--input NAME=FILE`.

use std::fs;
use std::path::Path;

use fathom_network::preprocess::{InputTensor, read_tensors};
use fathom_network::study::constant_input;

use crate::command_error::CommandError;
use crate::layers_arguments::has_ending;

/// Reads `NAME=file.npy` as the array of the file, anything else as [`constant_input`] does.
pub(crate) fn read(text: &str) -> Result<(String, InputTensor), CommandError> {
    if let Some((name, file)) = text.rsplit_once('=') {
        let path = Path::new(file);
        if has_ending(path, &["npy", "npz", "pb"]) {
            let bytes = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
            let read = read_tensors(&bytes).map_err(|error| CommandError::content(path, error))?;
            let [one] = &read[..] else {
                let why = format!("{} arrays, and --input {name} takes one", read.len());
                return Err(CommandError::content(path, why));
            };
            return Ok((name.to_owned(), one.tensor.clone()));
        }
    }
    constant_input(text)
        .map_err(|error| CommandError::usage(format!("--input: {error}, or NAME=file.npy")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_files_are_told_apart() {
        let (name, tensor) = read("camera=0.9,1.1").expect("an input");
        assert_eq!((name.as_str(), tensor.values.len()), ("camera", 2));
        for (text, quoted) in [("camera=a,b", "`camera=a,b`"), ("c=none.npy", "none.npy")] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(quoted), "{error}");
        }
    }
}
