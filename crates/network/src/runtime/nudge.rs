//! The effect of another order of summation on values.

/// Size of a nudge as a share of the largest value. Sums of a convolution in another order differ by 2e-7 of it (ONNX Runtime and `rten`).
const NUDGE: f32 = 1.0 / 4_194_304.0;

/// Moves each value a little, up or down as a seed says.
pub(super) fn nudge(values: &mut [f32], seed: u64) {
    let largest = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let step = if largest.is_finite() {
        largest * NUDGE
    } else {
        0.0
    };
    for (i, value) in values.iter_mut().enumerate() {
        let mixed = (seed ^ i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        *value += if mixed >> 63 == 1 { step } else { -step };
    }
}
