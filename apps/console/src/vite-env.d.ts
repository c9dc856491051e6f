/** Types of what Vite lets a page import: style sheets, workers, addresses of files. */
/// <reference types="vite/client" />
