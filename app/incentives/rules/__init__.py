"""Judgement about money: files, holds, the ledger, release orders. Values in, values out."""
