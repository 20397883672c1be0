//! Times a pair of models on random frames: `cargo run --release --example measure fp32.onnx int8.onnx 12`.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use fathom_network::gating::NetworkPair;
use fathom_network::measure::{
    ErrorSpace, FrameSession, Judge, PlayerOrders, ShapleyEstimate, antithetic_gains,
    layer_players, player_runs,
};
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fp32, int8, frames] = &arguments[..] else {
        return Err("give an FP32 model, an INT8 model and a number of frames".into());
    };
    let started = Instant::now();
    let read = |path: &str| -> Result<_, Failure> {
        Ok(read_model(&std::fs::read(path)?, &ExternalFiles::none())?)
    };
    let fp32 = read(fp32)?;
    let pair = NetworkPair::new(&fp32, QuantizedGraph::from_graph(read(int8)?)?)?;
    println!("read and matched in {:?}", started.elapsed());
    let frames = frames.parse::<u64>()?;
    let inputs: Vec<BTreeMap<String, Value>> = (0..frames)
        .map(|seed| random_frame(&fp32, seed))
        .collect::<Result<_, _>>()?;
    let engine = Engine::new(1);
    let gated = &pair.gated;
    let started = Instant::now();
    let (taps, limits) = (HashSet::new(), RunLimits::default());
    let plan = Plan::new(
        &gated.graph,
        &gated.quantizers,
        &inputs[0],
        &taps,
        &engine,
        limits,
    )?;
    println!(
        "planned in {:?}, {} MB of values",
        started.elapsed(),
        plan.trace_bytes() >> 20
    );
    let count = gated.quantizers.len();
    engine.install(|| -> Result<(), Failure> {
        for (name, is_on) in [("FP32", false), ("INT8", true)] {
            let gates = vec![is_on; count];
            let started = Instant::now();
            for frame in &inputs {
                plan.run(frame, &gates, None, &Keep::outputs())?;
            }
            println!("{name}: {:?} a frame", started.elapsed() / frames as u32);
        }
        Ok(())
    })?;
    plain_runtime(&arguments[0], &inputs)?;
    let started = Instant::now();
    let players = layer_players(&gated.layers);
    let half = inputs.len().div_ceil(2);
    let (plan, players) = (&plan, &players);
    let work = |inputs: &[BTreeMap<String, Value>]| -> Result<(), Failure> {
        for frame in inputs {
            let session =
                FrameSession::new(plan, count, frame, Judge::depth(0), None, limits.kept_bytes)?;
            for player in players {
                player_runs(&session, count, player)?;
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = inputs
            .chunks(half)
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|t| t.join().map_err(|_| "a thread failed")?)
    })?;
    println!(
        "{} layers: only and all but in {:?}",
        players.len(),
        started.elapsed()
    );
    let started = Instant::now();
    let mut estimate = ShapleyEstimate::new(players.len());
    let session = FrameSession::new(
        plan,
        count,
        &inputs[0],
        Judge::depth(0),
        None,
        limits.kept_bytes,
    )?;
    for order in PlayerOrders::new(players.len(), 1).take(4) {
        estimate.add(&antithetic_gains(
            &session,
            count,
            players,
            &order,
            ErrorSpace::Output,
        )?);
    }
    let total: f64 = estimate.values().iter().sum();
    let worst = estimate.standard_errors().into_iter().fold(0.0, f64::max);
    println!(
        "4 antithetic pairs of a frame in {:?}, worst {:.3}",
        started.elapsed(),
        worst / total
    );
    Ok(())
}

/// The runtime by itself, with its own optimisation, on one thread.
fn plain_runtime(path: &str, inputs: &[BTreeMap<String, Value>]) -> Result<(), Failure> {
    let model = rten::Model::load(std::fs::read(path)?)?;
    let pool = std::sync::Arc::new(rten::ThreadPool::with_num_threads(1));
    let output = *model.output_ids().first().ok_or("no output")?;
    let started = Instant::now();
    for frame in inputs {
        let mut given = Vec::new();
        for (name, value) in frame {
            let floats = value.floats().ok_or("an input of integers")?.into_owned();
            let value = rten::Value::from_shape(value.shape(), floats)?;
            given.push((model.node_id(name)?, rten::ValueOrView::from(value)));
        }
        let options = rten::RunOptions::default().with_thread_pool(Some(pool.clone()));
        model.run(given, &[output], Some(options))?;
    }
    println!(
        "plain rten: {:?} a frame",
        started.elapsed() / inputs.len() as u32
    );
    Ok(())
}

fn random_frame(
    graph: &fathom_network::graph::NetworkGraph,
    seed: u64,
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut out = BTreeMap::new();
    for input in &graph.inputs {
        let shape: Vec<usize> = input
            .shape
            .iter()
            .flatten()
            .map(|length| length.unwrap_or(1))
            .collect();
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let values = (0..shape.iter().product::<usize>())
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 40) as f32 / (1 << 24) as f32
            })
            .collect();
        out.insert(input.name.clone(), Value::from_floats(&shape, values)?);
    }
    Ok(out)
}
