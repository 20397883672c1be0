//! Rankings of layers: networks whose guilty layer is known must name it first.

use fathom_network::gating::NetworkPair;
use fathom_network::measure::{
    ErrorSpace, FrameSession, Judge, PlayerOrders, ShapleyEstimate, antithetic_gains,
    layer_players, player_runs, ranked,
};

use crate::attribution::{pair, plan};
use crate::shared::{self, Golden};

struct Ranking {
    pair: NetworkPair,
    only: Vec<f64>,
    all_but: Vec<f64>,
    shapley: ShapleyEstimate,
    total: f64,
}

fn ranking(golden: &Golden, frames: usize, pairs: usize) -> Ranking {
    let inputs = golden.frames();
    let pair = pair(golden);
    let plan = plan(&pair, &inputs[0]);
    let count = pair.gated.quantizers.len();
    let players = layer_players(&pair.gated.layers);
    let sessions: Vec<FrameSession<'_>> = inputs
        .iter()
        .take(frames)
        .map(|frame| {
            FrameSession::new(&plan, count, frame, Judge::depth(0), None, 1 << 30)
                .unwrap_or_else(|e| panic!("{e}"))
        })
        .collect();
    let n = sessions.len() as f64;
    let space = ErrorSpace::Output;
    let (mut only, mut all_but) = (vec![0.0; players.len()], vec![0.0; players.len()]);
    for (i, player) in players.iter().enumerate() {
        for session in &sessions {
            let runs = player_runs(session, count, player).unwrap_or_else(|e| panic!("{e}"));
            only[i] += space.mean_square(&runs.only) / n;
            all_but[i] += space.mean_square(&runs.all_but) / n;
        }
    }
    let mut shapley = ShapleyEstimate::new(players.len());
    for order in PlayerOrders::new(players.len(), 1).take(pairs) {
        let mut mean = vec![0.0; players.len()];
        for session in &sessions {
            let gains = antithetic_gains(session, count, &players, &order, space);
            let gains = gains.unwrap_or_else(|e| panic!("{e}"));
            for (m, g) in mean.iter_mut().zip(gains) {
                *m += g / n;
            }
        }
        shapley.add(&mean);
    }
    let total = sessions
        .iter()
        .map(|s| s.judged(s.int8()).expect("fractions").change.mean_square() / n)
        .sum();
    Ranking {
        pair,
        only,
        all_but,
        shapley,
        total,
    }
}

fn culprit(name: &str) {
    for golden in shared::goldens(|n| n == name) {
        let answer = &golden.json["answer"];
        let tensor = answer["tensor"].as_str().or(answer["weight"].as_str());
        let tensor = tensor.expect("a tensor or a weight");
        let found = ranking(&golden, 1, 1);
        let quantizers = &found.pair.gated.quantizers;
        let layer = found
            .pair
            .gated
            .layers
            .iter()
            .position(|l| l.quantizers.iter().any(|&q| quantizers[q].name == tensor))
            .expect("the culprit's layer");
        let gain: Vec<f64> = found
            .all_but
            .iter()
            .map(|without| found.total - without)
            .collect();
        let values = found.shapley.values();
        let name = |i: usize| found.pair.gated.layers[i].name.clone();
        for (what, figures) in [
            ("only", &found.only),
            ("all but", &gain),
            ("Shapley", &values),
        ] {
            let first = ranked(figures)[0];
            assert_eq!(name(first), name(layer), "{what}: {tensor}");
        }
        let sum: f64 = values.iter().sum();
        assert!(
            (sum - found.total).abs() < 1e-9 * found.total,
            "{sum} {}",
            found.total
        );
        assert!(found.pair.structure.is_same());
    }
}

#[test]
fn a_bad_weight_comes_first() {
    culprit("culprit_weight_int8");
}

#[test]
fn a_wide_range_comes_first() {
    culprit("culprit_wide_int8");
}

#[test]
fn a_narrow_range_comes_first() {
    culprit("culprit_narrow_int8");
}

#[test]
fn a_range_that_is_shared_along_a_chain_comes_first() {
    culprit("culprit_chain_int8");
    for golden in shared::goldens(|n| n == "culprit_chain_int8") {
        let pair = pair(&golden);
        let chain: Vec<String> =
            serde_json::from_value(golden.json["answer"]["chain"].clone()).expect("a chain");
        let index = |name: &String| {
            let found = pair.gated.quantizers.iter().position(|q| q.name == *name);
            found.expect("a quantizer")
        };
        let firsts: Vec<usize> = chain.iter().map(|n| pair.gated.chains[index(n)]).collect();
        assert!(firsts.iter().all(|f| *f == firsts[0]), "{firsts:?}");
        let inputs = golden.frames();
        let plan = plan(&pair, &inputs[0]);
        let count = pair.gated.quantizers.len();
        let mut mse = 0.0;
        for frame in &inputs {
            let session = FrameSession::new(&plan, count, frame, Judge::depth(0), None, 1 << 30)
                .unwrap_or_else(|e| panic!("{e}"));
            let members: Vec<usize> = chain.iter().map(index).collect();
            let gates = pair.gated.gates(|q| !members.contains(&q));
            let error = session.error(&gates).unwrap_or_else(|e| panic!("{e}"));
            mse += error.change.mean_square() / inputs.len() as f64;
        }
        let expected = golden.json["answer"]["mse_with_chain_in_float"]
            .as_f64()
            .expect("a figure");
        assert!((mse / expected - 1.0).abs() < 0.1, "{mse} {expected}");
    }
}

#[test]
fn lost_nodes_are_named_before_any_quantizer() {
    for golden in
        shared::goldens(|n| n == "depthanything_int8_qoperator" || n == "fastdepth_int8_qoperator")
    {
        let pair = pair(&golden);
        let has_lost = golden.json["lost_in_int8"].is_array();
        assert_eq!(pair.structure.is_same(), !has_lost, "{}", golden.name);
        if !has_lost {
            // Every activation of the FP32 model lies in a quantizer's range.
            assert_eq!(pair.structure.folded_nodes.len(), 30);
        }
    }
}

#[test]
fn ties_alone_move_the_output_as_integer_kernels_do() {
    for golden in shared::goldens(|n| n == "fastdepth_int8_qdq_per_tensor") {
        let pair = pair(&golden);
        let inputs = golden.frames();
        let plan = plan(&pair, &inputs[0]);
        let count = pair.gated.quantizers.len();
        let session = FrameSession::new(&plan, count, &inputs[0], Judge::depth(0), None, 1 << 30);
        let session = session.unwrap_or_else(|e| panic!("{e}"));
        let floor = session
            .floor_of_ties(1)
            .unwrap_or_else(|e| panic!("{e}"))
            .rms();
        let whole = session
            .judged(session.int8())
            .expect("fractions")
            .change
            .rms();
        // ONNX Runtime's integer kernels move it by 0.0057 of 0.0446.
        assert!(
            floor > 0.01 * whole && floor < 0.4 * whole,
            "{floor} of {whole}"
        );
    }
}
