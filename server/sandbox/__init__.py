"""The simulated outside world of the demo and the tests: WeChat, WeChat Pay, SMS and the HIS, over real HTTP."""
