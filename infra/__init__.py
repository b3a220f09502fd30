"""What stands around the lambdas: the data plane's template, deployment, the local stack, and the operator's commands."""
