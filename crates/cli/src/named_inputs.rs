//! Further inputs of a network from `--input NAME=VALUES` and `--input NAME=FILE`.

use std::fs;
use std::path::Path;

use fathom_network::preprocess::{InputTensor, read_tensors};

use crate::command_error::CommandError;
use crate::layers_arguments::has_ending;

/// Reads `NAME=1,2,3` as a row of shape (1, 3), and `NAME=file.npy` as the array of the file.
pub(crate) fn read(text: &str) -> Result<(String, InputTensor), CommandError> {
    // Names of inputs may hold `=`, values do not.
    let Some((name, values)) = text.rsplit_once('=') else {
        return Err(CommandError::usage(format!(
            "--input cannot read `{text}`: write NAME=1,2,3 or NAME=file.npy"
        )));
    };
    let path = Path::new(values);
    if has_ending(path, &["npy", "npz", "pb"]) {
        let bytes = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
        let read = read_tensors(&bytes).map_err(|error| CommandError::content(path, error))?;
        let [one] = &read[..] else {
            let why = format!("{} arrays, and --input {name} takes one", read.len());
            return Err(CommandError::content(path, why));
        };
        return Ok((name.to_owned(), one.tensor.clone()));
    }
    let numbers: Result<Vec<f32>, _> = values.split(',').map(|one| one.trim().parse()).collect();
    let values = numbers.map_err(|_| {
        CommandError::usage(format!(
            "--input {name} cannot read `{values}`: write numbers separated by commas, or a .npy"
        ))
    })?;
    let shape = vec![1, values.len()];
    Ok((name.to_owned(), InputTensor { shape, values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_a_row() {
        let (name, tensor) = read("cam:0=0.9, 1.1,0.5").expect("an input");
        assert_eq!((name.as_str(), tensor.shape), ("cam:0", vec![1, 3]));
        assert_eq!(tensor.values, [0.9, 1.1, 0.5]);
        for (text, quoted) in [
            ("camera", "NAME=1,2,3"),
            ("camera=a,b", "`a,b`"),
            ("c=none.npy", "none.npy"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(quoted), "{error}");
        }
    }
}
