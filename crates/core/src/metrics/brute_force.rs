//! Error sums pixel by pixel, straight from the formulas: the test oracle of every faster way.

use super::error_sums::{DELTA_RATIOS, ErrorSums};

/// Sums over pairs of prediction and reference, in metres.
pub(super) fn sums(pairs: &[(f64, f64)], eval_min_m: f64) -> ErrorSums {
    let mut out = ErrorSums::default();
    for &(p, g) in pairs {
        let error = p - g;
        let floored = p.max(eval_min_m);
        let log = libm::log(floored) - libm::log(g);
        let inverse = 1.0 / floored - 1.0 / g;
        out.count += 1.0;
        out.error += error;
        out.absolute += error.abs();
        out.square += error * error;
        out.relative += error.abs() / g;
        out.square_over_depth += error * error / g;
        out.log += log;
        out.log_absolute += log.abs();
        out.log_square += log * log;
        out.inverse_absolute += inverse.abs();
        out.inverse_square += inverse * inverse;
        for (within, ratio) in out.within.iter_mut().zip(DELTA_RATIOS) {
            *within += f64::from(u8::from((floored / g).max(g / floored) < ratio));
        }
        out.floored += f64::from(u8::from(floored > p));
    }
    out
}

/// The sum of the absolute terms of a field. The terms of a signed sum cancel, and its rounding error is relative to this.
pub(super) fn magnitude(name: &str, sums: &ErrorSums) -> f64 {
    let own = fields(sums).into_iter().find(|(field, _)| *field == name);
    match name {
        "error" => sums.absolute,
        "log" => sums.log_absolute,
        _ => own.map_or(f64::NAN, |(_, value)| value.abs()),
    }
}

/// Every field with its name.
pub(super) fn fields(s: &ErrorSums) -> Vec<(&'static str, f64)> {
    // Named one by one, so that a new sum without a comparison does not compile.
    let ErrorSums {
        count,
        error,
        absolute,
        square,
        relative,
        square_over_depth,
        log,
        log_absolute,
        log_square,
        inverse_absolute,
        inverse_square,
        within: [delta1, delta2, delta3],
        floored,
    } = *s;
    vec![
        ("count", count),
        ("error", error),
        ("absolute", absolute),
        ("square", square),
        ("relative", relative),
        ("square_over_depth", square_over_depth),
        ("log", log),
        ("log_absolute", log_absolute),
        ("log_square", log_square),
        ("inverse_absolute", inverse_absolute),
        ("inverse_square", inverse_square),
        ("delta1", delta1),
        ("delta2", delta2),
        ("delta3", delta3),
        ("floored", floored),
    ]
}
