"""Telling people and programs what happened to experiments: by signed webhooks and by mail.

Rules, which the administrator writes, say what is told to whom (:mod:`.rules`, :mod:`.configuration`).
A pass turns what happened since the last one into messages (:mod:`.messages`), writes them into the
outbox (:mod:`autosubmit_core.store.outbox`) and sends those whose turn it is (:mod:`.delivery`). A
message is noted as sent after it was taken: one may be sent twice, under the same name, and none is
lost.
"""
