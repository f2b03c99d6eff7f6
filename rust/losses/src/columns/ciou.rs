//! Complete intersection over union: overlap, distance of centres and difference of shapes.

use crate::families::{Boxes, Columns, Point};
use crate::loss::{CONSTANTS, Info};

pub struct Loss;

impl Columns<4, 4> for Loss {
    const INFO: Info = Info {
        summary: "The distance loss of two boxes, plus v**2/(1 - intersection/union + v) where v compares the ratios \
                  of their widths to their heights.",
        use_when: "Boxes are detected and shall have the right shape too: the more the boxes overlap, the more it \
                   counts; a point has any shape. The weight of v is differentiated as well, so that the gradient is that \
                   of the value; torchvision holds it constant.",
        formula: "1 - intersection/union + squared_distance/squared_diagonal + v**2/(1 - intersection/union + v)",
        aliases: &["ciou_loss", "complete_iou", "complete_box_iou_loss"],
        relations: &[("diou", "equal to it where both boxes have the same shape")],
        source: "Zheng et al. 2020, doi:10.1609/aaai.v34i07.6999",
        ..Boxes::INFO
    };

    #[inline(always)]
    fn at(_: &[f64; CONSTANTS], y: [f64; 4], x: [f64; 4]) -> Point<4> {
        let boxes = Boxes::new(x, y);
        let apart = boxes.apart();
        boxes.point(apart.plus(boxes.distance()).plus(boxes.aspect(&apart)))
    }
}
