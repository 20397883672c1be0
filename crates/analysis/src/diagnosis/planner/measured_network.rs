//! Figures that runs of the quantized and the floating-point network give.

use super::remedy_kind::RemedyKind;
use super::rest_shares::RestShares;

/// A remedy that the network was run with.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkRemedy {
    /// Kind of remedy.
    pub kind: RemedyKind,
    /// Share of the mean square of the output's change that it leaves.
    pub remaining: f64,
    /// MSE against ground truth without and with it, in square metres; `None` where it was not measured.
    pub mse_to_gt: Option<(f64, f64)>,
    /// Size of the weights at 8 bits and with it, in MB of 10^6 bytes.
    pub weights_mb: (f64, f64),
    /// Names of the layers that get 16 bits or more; empty for other remedies.
    pub kept: Vec<String>,
}

/// Figures measured inside a network. None of them is assumed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredNetwork {
    /// Division of the change among weights, activations and output.
    pub shares: Option<RestShares>,
    /// Remedies that the network was run with, one a kind.
    pub remedies: Vec<NetworkRemedy>,
}

impl MeasuredNetwork {
    /// Returns the measured remedy of a kind.
    pub(super) fn remedy(&self, kind: RemedyKind) -> Option<&NetworkRemedy> {
        self.remedies.iter().find(|remedy| remedy.kind == kind)
    }
}
