/** Style sheets are imported for their effect (Vite gathers them into one file of the page's own origin). */
declare module '*.css';
