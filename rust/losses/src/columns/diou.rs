//! Distance intersection over union: the overlap of two boxes, and how far their centres are apart.

use crate::families::{Boxes, Columns, Point};
use crate::loss::{CONSTANTS, Info};

pub struct Loss;

impl Columns<4, 4> for Loss {
    const INFO: Info = Info {
        summary: "One minus the overlap of two boxes as a share of both, plus the squared distance of their centres \
                  over the squared diagonal of the least box around both.",
        use_when: "Boxes are detected and far from their targets at first, or inside of them: centres move together \
                   directly, where the generalised overlap first grows the box.",
        formula: "1 - intersection/union + squared_distance/squared_diagonal",
        aliases: &["diou_loss", "distance_iou", "distance_box_iou_loss"],
        relations: &[
            ("giou", "measures the empty part of the least box around both instead"),
            ("ciou", "also compares the shapes of the boxes"),
        ],
        source: "Zheng et al. 2020, doi:10.1609/aaai.v34i07.6999",
        ..Boxes::INFO
    };

    #[inline(always)]
    fn at(_: &[f64; CONSTANTS], y: [f64; 4], x: [f64; 4]) -> Point<4> {
        let boxes = Boxes::new(x, y);
        boxes.point(boxes.apart().plus(boxes.distance()))
    }
}
