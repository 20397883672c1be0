//! Custom protocols: typed texts to a protocol, and a protocol to clauses in order.

use fathom_analysis::compare::{Alignment, Clamp, EvalProtocol, EvalWindow};
use fathom_core::depth::Crop;
use fathom_core::i18n::tr;
use fathom_core::metrics::DEFAULT_EVAL_MIN_M;
use fathom_core::units;

/// Parses the evaluation window from typed ends in metres; an empty text is no end.
///
/// # Errors
/// One sentence.
pub fn typed_window(near: &str, far: &str) -> Result<EvalWindow, String> {
    let end = |text: &str, without: f64| -> Result<f64, String> {
        let text = text.trim().trim_end_matches('m').trim_end();
        if text.is_empty() {
            return Ok(without);
        }
        text.parse()
            .ok()
            .filter(|end: &f64| end.is_finite() && *end >= 0.0)
            .ok_or_else(|| {
                tr!(
                    "\u{201c}{text}\u{201d} is not a depth: type metres, such as 80",
                    text
                )
            })
    };
    let window = EvalWindow {
        min_m: end(near, EvalWindow::ALL.min_m)?,
        max_m: end(far, EvalWindow::ALL.max_m)?,
        ends_count: true,
    };
    if window.min_m < window.max_m {
        Ok(window)
    } else {
        Err(tr!("the far end must lie beyond the near one").to_owned())
    }
}

/// The text of a typed end; empty without one.
#[must_use]
pub fn window_end(end_m: f64) -> String {
    if end_m > 0.0 && end_m.is_finite() {
        units::depth_number(end_m)
    } else {
        String::new()
    }
}

/// Clamp that keeps predictions within the evaluated depths; `None` if these have no far end.
#[must_use]
pub fn clamp_to(window: &EvalWindow) -> Option<Clamp> {
    window.max_m.is_finite().then(|| Clamp {
        min_m: window.min_m.max(DEFAULT_EVAL_MIN_M),
        max_m: window.max_m,
    })
}

/// Steps before measuring, in order: mask, align, clamp.
#[must_use]
pub fn protocol_clauses(protocol: &EvalProtocol) -> Vec<String> {
    let window = &protocol.window;
    let depths = match (window.min_m > 0.0, window.max_m.is_finite()) {
        (false, false) => tr!("all depths are evaluated").to_owned(),
        (true, false) => tr!("depths from {} are evaluated", units::depth(window.min_m)),
        (false, true) => tr!("depths up to {} are evaluated", units::depth(window.max_m)),
        (true, true) => tr!(
            "depths of {} are evaluated",
            units::range(window.min_m, window.max_m)
        ),
    };
    let crop = match protocol.crop {
        Crop::None => tr!("of the whole map").to_owned(),
        crop => tr!("within the crop \u{201c}{}\u{201d}", crop.name()),
    };
    let whose = if protocol.frozen {
        tr!("INT8 takes FP32's fit, so that its gain error stays visible")
    } else {
        tr!("INT8 gets its own fit, which hides its gain error")
    };
    let align = match protocol.alignment {
        Alignment::None => tr!("predictions are read as metres").to_owned(),
        Alignment::MedianScale => {
            tr!("each map is scaled by the ratio of medians; {whose}", whose)
        }
        Alignment::LeastSquares => {
            tr!(
                "each map gets scale and shift by least squares; {whose}",
                whose
            )
        }
        Alignment::Fixed(fit) => tr!(
            "predictions are multiplied by {}, plus {}",
            units::ratio(fit.scale),
            units::length(fit.shift_m)
        ),
    };
    let mut clauses = vec![format!("{depths}, {crop}"), align];
    clauses.extend(protocol.clamp.map(|clamp| {
        tr!(
            "predictions are clamped to {}, which hides INT8's clipping",
            units::range(clamp.min_m, clamp.max_m)
        )
    }));
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_ends_become_a_window() {
        let window = typed_window("0.5", " 80 m").expect("a window");
        assert_eq!((window.min_m, window.max_m), (0.5, 80.0));
        assert!(window.contains(0.5) && !window.contains(80.1));
        let all = typed_window("", "").expect("a window");
        assert!(all.contains(1e-6) && all.contains(1e6) && !all.contains(0.0));
        assert_eq!(
            (window_end(all.min_m), window_end(all.max_m)),
            (String::new(), String::new())
        );
        assert_eq!(window_end(0.5), "0.5");
        for (near, far) in [
            ("x", ""),
            ("", "-1"),
            ("3", "2"),
            ("2", "2"),
            ("inf", ""),
            ("", "NaN"),
        ] {
            assert!(typed_window(near, far).is_err(), "{near} {far}");
        }
    }

    #[test]
    fn predictions_are_clamped_to_the_depths_that_count() {
        let window = typed_window("", "10").expect("a window");
        let clamp = clamp_to(&window).expect("ends");
        assert_eq!((clamp.min_m, clamp.max_m), (DEFAULT_EVAL_MIN_M, 10.0));
        assert_eq!(clamp_to(&EvalWindow::ALL), None);
    }

    #[test]
    fn every_part_of_a_protocol_has_a_clause() {
        let window = typed_window("0.5", "80").expect("a window");
        let protocol = EvalProtocol {
            window,
            crop: Crop::Garg,
            alignment: Alignment::MedianScale,
            frozen: true,
            clamp: clamp_to(&window),
            ..EvalProtocol::default()
        };
        let text = protocol_clauses(&protocol).join("; ");
        for part in ["[0.5, 80] m", "garg", "medians", "FP32's fit", "clamped"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(
            protocol_clauses(&EvalProtocol::default()),
            [
                "all depths are evaluated, of the whole map",
                "predictions are read as metres"
            ]
        );
    }
}
