//! Preprocessing of well-known depth networks, with the values of their own programs.

use super::filter_taps::Filter;
use super::fit::{Bound, Fit};
use super::preprocessing::{Precision, Preprocessing};

const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f64; 3] = [0.229, 0.224, 0.225];

/// A network whose preprocessing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// MiDaS v2.1 small.
    Midas,
    /// MiDaS 3, DPT-Large and DPT-Hybrid.
    MidasDpt,
    /// Depth Anything V2, and V1.
    DepthAnythingV2,
    /// monodepth2, which normalises inside the network.
    Monodepth2,
    /// Lite-Mono, which normalises inside the network.
    LiteMono,
    /// ZoeDepth, which normalises inside the network.
    ZoeDepth,
    /// Metric3D v2 with a ViT, which normalises inside the network.
    Metric3d,
    /// FastDepth on NYU.
    FastDepth,
    /// SC-Depth V3 on NYU.
    ScDepth,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 9] = [
        Self::Midas,
        Self::MidasDpt,
        Self::DepthAnythingV2,
        Self::Monodepth2,
        Self::LiteMono,
        Self::ZoeDepth,
        Self::Metric3d,
        Self::FastDepth,
        Self::ScDepth,
    ];

    /// The name in `--preprocess`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Midas => "midas",
            Self::MidasDpt => "midas-dpt",
            Self::DepthAnythingV2 => "depth-anything-v2",
            Self::Monodepth2 => "monodepth2",
            Self::LiteMono => "lite-mono",
            Self::ZoeDepth => "zoedepth",
            Self::Metric3d => "metric3d",
            Self::FastDepth => "fastdepth",
            Self::ScDepth => "scdepth",
        }
    }

    /// The file that the values come from, and what they leave out.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Midas => "isl-org/MiDaS, hubconf.py, small_transform",
            Self::MidasDpt => "isl-org/MiDaS, hubconf.py, dpt_transform",
            Self::DepthAnythingV2 => {
                "DepthAnything/Depth-Anything-V2, depth_anything_v2/dpt.py, image2tensor"
            }
            Self::Monodepth2 => {
                "nianticlabs/monodepth2, test_simple.py; normalised in networks/resnet_encoder.py"
            }
            Self::LiteMono => "noahzn/Lite-Mono, test_simple.py; normalised in the encoder",
            Self::ZoeDepth => {
                "isl-org/ZoeDepth, zoedepth/models/base_models/midas.py; without its padding and flipping at test time"
            }
            Self::Metric3d => {
                "YvanYin/Metric3D, onnx/test_onnx.py; its depth belongs to a focal length of 1000 px: multiply by yours / 1000"
            }
            Self::FastDepth => {
                "dwofk/fast-depth, dataloaders/nyu.py; its two nearest passes are one here, so that a pixel may come from its neighbour"
            }
            Self::ScDepth => "JiawangBian/sc_depth_pl, datasets/custom_transforms.py",
        }
    }

    /// The settings.
    #[must_use]
    pub fn settings(self) -> Preprocessing {
        let plain = Preprocessing::default();
        let keep = |bound, size, multiple| Preprocessing {
            fit: Fit::KeepAspect(bound),
            multiple,
            filter: Filter::OpenCvCubic,
            precision: Precision::Float,
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
            ..sized(plain, size, size)
        };
        match self {
            Self::Midas => keep(Bound::Upper, 256, 32),
            Self::MidasDpt => Preprocessing {
                mean: [0.5; 3],
                std: [0.5; 3],
                ..keep(Bound::Minimal, 384, 32)
            },
            Self::DepthAnythingV2 => keep(Bound::Lower, 518, 14),
            Self::Monodepth2 | Self::LiteMono => Preprocessing {
                filter: Filter::PilLanczos,
                ..sized(plain, 192, 640)
            },
            Self::ZoeDepth => Preprocessing {
                multiple: 32,
                ..sized(plain, 384, 512)
            },
            Self::Metric3d => Preprocessing {
                fit: Fit::Letterbox,
                multiple: 14,
                divisor: 1.0,
                fill: [123.675, 116.28, 103.53],
                ..sized(plain, 616, 1064)
            },
            Self::FastDepth => Preprocessing {
                centre_permille: 912,
                filter: Filter::Nearest,
                ..sized(plain, 224, 224)
            },
            Self::ScDepth => Preprocessing {
                precision: Precision::Float,
                mean: [0.45; 3],
                std: [0.225; 3],
                ..sized(plain, 256, 320)
            },
        }
    }
}

fn sized(settings: Preprocessing, height: usize, width: usize) -> Preprocessing {
    Preprocessing {
        height: Some(height),
        width: Some(width),
        ..settings
    }
}
