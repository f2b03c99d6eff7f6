"""Other libraries' names, defaults and exact numbers over lossreg: `lossreg.compat.keras`."""
