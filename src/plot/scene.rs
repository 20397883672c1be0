//! What a chart is made of: shapes in CSS pixels, with colours named by what they mean.

/// A colour by meaning. The page's tokens say which colour it is, in either theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Totals and primary text.
    Primary,
    /// Secondary text.
    Muted,
    /// Grid lines and axes.
    Line,
    /// The surface behind the chart.
    Surface,
    /// Rounding.
    Rounding,
    /// Clipping.
    Clipping,
    /// A soft tint of clipping, for areas.
    ClippingSoft,
    /// What is chosen.
    Chosen,
    /// What is best.
    Best,
}

impl Ink {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Primary,
        Self::Muted,
        Self::Line,
        Self::Surface,
        Self::Rounding,
        Self::Clipping,
        Self::ClippingSoft,
        Self::Chosen,
        Self::Best,
    ];
}

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Axis labels.
    Regular,
    /// Direct labels of curves and marks.
    Bold,
}

/// Which side of its anchor a text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// The text begins at the anchor.
    Start,
    /// The text is centred on it.
    Middle,
    /// The text ends at it.
    End,
}

/// One thing to paint. Coordinates are CSS pixels from the top left corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A polyline.
    Path {
        /// Its points.
        points: Vec<(f64, f64)>,
        /// Its colour.
        ink: Ink,
        /// Its width.
        width: f64,
    },
    /// A filled rectangle between two corners.
    Area {
        /// Upper left corner.
        from: (f64, f64),
        /// Lower right corner.
        to: (f64, f64),
        /// Its colour.
        ink: Ink,
    },
    /// A disc with a ring of another colour around it.
    Dot {
        /// Its centre.
        at: (f64, f64),
        /// Radius of the disc.
        radius: f64,
        /// Colour of the disc.
        fill: Ink,
        /// Colour of the ring.
        ring: Ink,
    },
    /// A line of text, vertically centred on its anchor.
    Text {
        /// The anchor.
        at: (f64, f64),
        /// The words.
        text: String,
        /// Its colour.
        ink: Ink,
        /// Which side of the anchor.
        align: Align,
        /// Its weight.
        weight: Weight,
    },
}

/// A painted chart: its size and its shapes, back to front.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
    /// The shapes.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty chart.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            shapes: Vec::new(),
        }
    }

    /// Adds a polyline, if it has two points.
    pub fn path(&mut self, points: Vec<(f64, f64)>, ink: Ink, width: f64) {
        if points.len() > 1 {
            self.shapes.push(Shape::Path { points, ink, width });
        }
    }

    /// Adds a straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, width: f64) {
        self.path(vec![from, to], ink, width);
    }

    /// Adds a filled rectangle.
    pub fn area(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink) {
        self.shapes.push(Shape::Area { from, to, ink });
    }

    /// Adds a disc with a ring.
    pub fn dot(&mut self, at: (f64, f64), radius: f64, fill: Ink, ring: Ink) {
        self.shapes.push(Shape::Dot {
            at,
            radius,
            fill,
            ring,
        });
    }

    /// Adds a text.
    pub fn text(
        &mut self,
        at: (f64, f64),
        text: impl Into<String>,
        ink: Ink,
        align: Align,
        weight: Weight,
    ) {
        self.shapes.push(Shape::Text {
            at,
            text: text.into(),
            ink,
            align,
            weight,
        });
    }
}
