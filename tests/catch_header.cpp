// Nothing: it is here for the header that is precompiled with it.
