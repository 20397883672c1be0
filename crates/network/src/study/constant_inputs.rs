//! Inputs that are the same for all frames, as text.

use fathom_core::i18n::tr;

use super::study_error::{StudyError, StudySetting};
use crate::preprocess::InputTensor;

/// Reads `NAME=1,2,3` as a row of shape (1, 3). Names may hold `=`, values do not.
///
/// # Errors
/// If a value is no number.
pub fn constant_input(text: &str) -> Result<(String, InputTensor), StudyError> {
    let refuse = || {
        StudyError::setting(
            StudySetting::Inputs,
            tr!(
                "`{text}` cannot be read as an input: write NAME=1,2,3",
                text
            ),
        )
    };
    let (name, values) = text.rsplit_once('=').ok_or_else(refuse)?;
    let numbers: Result<Vec<f32>, _> = values.split(',').map(|one| one.trim().parse()).collect();
    let values = numbers.map_err(|_| refuse())?;
    let shape = vec![1, values.len()];
    Ok((name.trim().to_owned(), InputTensor { shape, values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_a_row() {
        let (name, tensor) = constant_input("cam:0=0.9, 1.1,0.5").expect("an input");
        assert_eq!((name.as_str(), tensor.shape), ("cam:0", vec![1, 3]));
        assert_eq!(tensor.values, [0.9, 1.1, 0.5]);
        for text in ["camera", "camera=a,b", "camera="] {
            let error = constant_input(text).expect_err(text).to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
