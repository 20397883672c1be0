//! Sentences on models and on studies that cannot begin.

use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::network::{ModelSummary, StudyProblem};
use fathom_network::normalise::ModelFormat;
use fathom_network::study::{ReadModel, StudyError, StudySetting};

/// A model as the page shows it.
pub(crate) fn model_summary(model: &ReadModel) -> ModelSummary {
    let format = match model.format {
        ModelFormat::Float => tr!("floating point"),
        ModelFormat::Qdq => tr!("INT8 with Q and DQ nodes"),
        ModelFormat::QOperator => tr!("INT8 with QLinear operators"),
        ModelFormat::Dynamic => tr!("INT8 with scales made at run time"),
    };
    ModelSummary {
        name: model.name.clone(),
        is_int8: model.format != ModelFormat::Float,
        about: tr!(
            "{format}, {nodes} nodes, opset {opset}",
            format,
            nodes = units::count(model.graph.nodes.len() as f64),
            opset = model.graph.opset
        ),
    }
}

/// Something that has to be dropped or chosen.
pub(crate) fn question(text: &str) -> StudyProblem {
    StudyProblem {
        text: text.to_owned(),
        is_question: true,
    }
}

/// A refusal with the field that mends it.
pub(crate) fn problem(error: &StudyError) -> StudyProblem {
    let StudyError::Setting { setting, problem } = error else {
        return StudyProblem {
            text: error.to_string(),
            is_question: false,
        };
    };
    let field = match setting {
        StudySetting::Models => tr!("Models"),
        StudySetting::Frames => tr!("Images"),
        StudySetting::Inputs => tr!("Further inputs"),
        StudySetting::Preprocessing => tr!("Preprocessing"),
        StudySetting::OutputName => tr!("Output"),
        StudySetting::Truth | StudySetting::TruthUnit => tr!("Ground truth"),
    };
    question(&format!("{field}: {problem}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_named_before_its_problem() {
        let error = StudyError::Setting {
            setting: StudySetting::Inputs,
            problem: "the network has the inputs a, b".to_owned(),
        };
        assert_eq!(
            problem(&error),
            question("Further inputs: the network has the inputs a, b.")
        );
        let error = StudyError::File {
            file: "a.png".to_owned(),
            problem: "damaged".to_owned(),
        };
        let said = problem(&error);
        assert_eq!(
            (said.text.as_str(), said.is_question),
            ("a.png: damaged", false)
        );
    }
}
