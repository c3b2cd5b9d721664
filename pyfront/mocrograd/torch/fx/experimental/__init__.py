"""`torch.fx.experimental`: its module of symbolic shapes."""
