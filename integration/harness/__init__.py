# SPDX-License-Identifier: MIT
"""What integration/check is made of."""
