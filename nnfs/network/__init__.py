"""Networks: layers run forward and backward, as fewer fused nodes where that is faster, and what they know."""
