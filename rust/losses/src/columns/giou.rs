//! Generalised intersection over union: how far two boxes are from covering each other, also where they do not meet.

use crate::families::{Boxes, Columns, Point};
use crate::loss::{CONSTANTS, Domain, Family, Info, Start};

pub struct Loss;

impl Columns<4, 4> for Loss {
    const INFO: Info = Info {
        family: Family::Columns,
        summary: "One minus the overlap of two boxes as a share of both, plus the share of the least box around both \
                  that neither covers.",
        use_when: "Boxes are detected and judged by their overlap: unlike a distance of coordinates it does not depend \
                   on their size, and unlike overlap it has a gradient where boxes do not meet.",
        formula: "1 - intersection/union + (hull - union)/hull",
        columns: &["x1", "y1", "x2", "y2"],
        target_columns: &["x1_true", "y1_true", "x2_true", "y2_true"],
        aliases: &["giou_loss", "generalized_iou", "generalized_box_iou_loss"],
        target: Domain::Box,
        start: Start::None,
        relations: &[
            ("diou", "brings boxes together by the distance of their centres, faster"),
            ("jaccard", "1 - intersection/union of masks in the place of boxes"),
        ],
        kinks: "where two edges coincide each derivative of what is common and of the hull is halfway between both \
                sides, so that the gradient is 0 where the boxes are equal; corners may come in any order, and those \
                of a box without width or height are taken to be in order; a quotient of nothing by nothing is 0",
        convex: false,
        source: "Rezatofighi et al. 2019, doi:10.1109/CVPR.2019.00075",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn at(_: &[f64; CONSTANTS], y: [f64; 4], x: [f64; 4]) -> Point<4> {
        let boxes = Boxes::new(x, y);
        boxes.point(boxes.apart().plus(boxes.between()))
    }
}
