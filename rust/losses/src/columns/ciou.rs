//! Complete intersection over union: overlap, distance of centres and difference of shapes.

use crate::families::{Boxes, Columns, Point};
use crate::loss::{CONSTANTS, Domain, Family, Info, Start};

pub struct Loss;

impl Columns<4, 4> for Loss {
    const INFO: Info = Info {
        family: Family::Columns,
        summary: "The distance loss of two boxes, plus v**2/(1 - intersection/union + v) where v compares the ratios \
                  of their widths to their heights.",
        use_when: "Boxes are detected and shall have the right shape too: the more the boxes overlap, the more it \
                   counts. The weight of v is differentiated as well, so that the gradient is that of the value; \
                   torchvision holds it constant.",
        formula: "1 - intersection/union + squared_distance/squared_diagonal + v**2/(1 - intersection/union + v)",
        columns: &["x1", "y1", "x2", "y2"],
        target_columns: &["x1_true", "y1_true", "x2_true", "y2_true"],
        aliases: &["ciou_loss", "complete_iou", "complete_box_iou_loss"],
        target: Domain::Box,
        start: Start::None,
        relations: &[("diou", "equal to it where both boxes have the same shape")],
        kinks: "where two edges coincide each derivative of what is common and of the hull is halfway between both \
                sides, so that the gradient is 0 where the boxes are equal; corners may come in any order, and those \
                of a box without width or height are taken to be in order; a quotient of nothing by nothing is 0; the \
                shape of a point is any",
        convex: false,
        source: "Zheng et al. 2020, doi:10.1609/aaai.v34i07.6999",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn at(_: &[f64; CONSTANTS], y: [f64; 4], x: [f64; 4]) -> Point<4> {
        let boxes = Boxes::new(x, y);
        let apart = boxes.apart();
        boxes.point(apart.plus(boxes.distance()).plus(boxes.aspect(&apart)))
    }
}
